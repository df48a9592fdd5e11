"""What is asked of other packages: no version with a known hole, and pins that fit."""

import configparser
import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
HOLES = tomllib.loads(Path(__file__).with_name("known_holes.toml").read_text())["hole"]


def asked():
    """Return the lower bound of each package, of the extras too."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    texts = [config["options"]["install_requires"], *config["options.extras_require"].values()]
    found = [Requirement(line) for text in texts for line in text.split("\n") if line.strip()]
    bounds = {each.name: [one.version for one in each.specifier if one.operator == ">="] for each in found}
    return {name: Version(bound[0]) for name, bound in bounds.items() if bound}


def pins():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and line[0] != "#"]


def pinned():
    return {each.name: Version(next(iter(each.specifier)).version) for each in pins()}


@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole["id"])
@pytest.mark.parametrize("versions", [asked, pinned])
def test_no_version_with_a_known_hole_is_asked_for(hole, versions):
    assert versions()[hole["package"]] >= Version(hole["mended"])


def test_the_pins_are_within_the_bounds():
    versions = pinned()
    assert not {name: versions.get(name) for name, bound in asked().items() if versions.get(name, bound) < bound}


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13", "3.14"])
def test_no_pin_asks_for_what_a_python_cannot_install(python):
    wanted = [each for each in pins() if not each.marker or each.marker.evaluate({"python_version": python})]
    facts = {each.name: metadata(each.name) for each in wanted if is_installed(each)}
    assert len(facts) > 20
    cannot = {name: fact["Requires-Python"] for name, fact in facts.items() if not fits(fact, python)}
    assert not cannot


def is_installed(pin):
    try:
        return metadata(pin.name)["Version"] in pin.specifier
    except PackageNotFoundError:
        return False


def fits(fact, python):
    return SpecifierSet(fact["Requires-Python"] or "").contains(f"{python}.99")


def test_two_modules_alone_know_dask():
    files = [
        path
        for path in ROOT.glob("dreamcore/**/*.py")
        if re.search(r"^\s*(from|import) (dask|distributed)\b", path.read_text(), re.M)
    ]
    names = {path.relative_to(ROOT).as_posix() for path in files}
    assert names == {"dreamcore/farm/connecting.py", "dreamcore/farm/engine.py"}
