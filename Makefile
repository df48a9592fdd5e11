# make dream    set up, dream a picture, say where the result is   (IMAGE=photo.jpg for your own; RECIPE=dogesine)
# make test     set up, run all tests
# make fuzz     damaged files and wicked texts for every reader, for as long as one likes   (SECONDS=600 for each)
# make faults   kills, full disks, closed streams: a table of what was lost
# make bench    speed and memory of the network, as a table (.bench/network.json)
# make bench-all        all benchmarks: also of animations, transforms, the filter, big pictures; this takes long
# make docs     the pages of docs/ as a site without a server: build/site/index.html
# make gallery  every recipe as it moves, for the site; this takes long, and goes on where it was stopped
# make package  sdist and wheel, checked, in dist/
# make parameters       the copies that GIMP reads: of the table of parameters, of the guide
# make gimp     set up, put the filter into GIMP's menu
# make gimp-root        a Debian with GIMP 3 in a folder, for the tests on machines without one (as root)
# make test-gimp-all    the filter's tests in GIMP 3.0 and 3.2
# make test-magick7     the tests of animations with ImageMagick 7, which that folder has (as root)

PYTHON ?= python3
BIN := .venv/bin
IMAGE ?= dreams/sky.png
FRAMES ?= 6
RECIPE ?= basic-zoom
READERS ?=
SECONDS ?= 60
RESULT = dreams/$(basename $(notdir $(IMAGE)))-$(RECIPE)

.PHONY: dream test fuzz faults bench bench-all docs gallery package parameters gimp gimp-root test-gimp-all test-magick7 clean

dream: .venv/ready
	@mkdir -p dreams
	@test "$(IMAGE)" != dreams/sky.png || test -f dreams/sky.png || $(BIN)/dreamcore sky dreams/sky.png --seed 1
	$(BIN)/dreamcore animate "$(IMAGE)" "$(RESULT).gif" --recipe $(RECIPE) --frames $(FRAMES) --resume
	@echo "The animation is $(RESULT).gif, its frames are in $(RESULT)-frames"

test: .venv/ready-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

fuzz: .venv/ready-for-tests
	$(BIN)/pip install -q -c constraints.txt -e ".[fuzz]" || echo "without atheris, seeds are changed at random"
	$(BIN)/python -m tests.fuzz $(READERS) --seconds $(SECONDS)

faults: .venv/ready-for-tests
	$(BIN)/python tools/faults.py

bench: .venv/ready-for-tests
	$(BIN)/python benchmarks/network.py --json .bench/network.json
	$(BIN)/python benchmarks/small.py

bench-all: .venv/ready-for-tests
	$(BIN)/python -m benchmarks

docs: .venv/ready-for-tests
	$(BIN)/mkdocs build --strict
	@echo "The site is build/site/index.html"

gallery: .venv/ready-for-tests
	$(BIN)/python tools/gallery.py --moving

package: .venv/ready-for-tests
	rm -rf dist
	$(BIN)/python -m build --no-isolation
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-wheel-contents dist/*.whl

parameters: .venv/ready
	$(BIN)/python tools/gimp_parameters.py
	$(BIN)/python tools/gimp_guide.py

gimp: .venv/ready
	$(BIN)/dreamcore gimp install

gimp-root:
	tools/gimp_root.sh

test-gimp-all: .venv/ready-for-tests
	for suite in trixie forky; do \
		tools/gimp_root.sh $$suite && GIMP_SUITE=$$suite $(BIN)/python -m pytest -q tests/gimp || exit 1; \
	done

test-magick7: .venv/ready-for-tests gimp-root
	tools/magick7.sh

.venv/ready: setup.cfg constraints.txt tools/set_up.sh tools/set_up.py
	PYTHON="$(PYTHON)" tools/set_up.sh
	"$(PYTHON)" tools/set_up.py
	@touch $@

.venv/ready-for-tests: .venv/ready
	"$(PYTHON)" tools/set_up.py test docs
	@touch $@

clean:
	rm -rf .venv build dist dreams
