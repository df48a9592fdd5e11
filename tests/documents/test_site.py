"""The site: built without a warning, whole without a network, and still for who wants no motion."""

import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

pytest.importorskip("material", reason="needs mkdocs-material: pip install '.[docs]'")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder with the site. Dead links, and pages that the contents leave out, are warnings, which end the build."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return folder


@pytest.fixture(scope="module")
def tags(site):
    """The tags of all pages, each with the page, its name and its attributes."""
    found = []
    for path in site.glob("*.html"):
        reader = HTMLParser()
        reader.handle_starttag = lambda name, attributes, path=path: found.append((path.name, name, dict(attributes)))
        reader.feed(path.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def hooks(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import site_pages

    return site_pages


def test_every_page_is_there(site):
    names = {path.stem for path in (ROOT / "docs").glob("*.md")} | {"index", "contributing", "security", "changes"}
    assert names <= {path.stem for path in site.glob("*.html")}


def test_no_page_asks_for_anything_outside(tags, site):
    asked = [
        (page, address)
        for page, name, attributes in tags
        for address in (attributes.get("src"), attributes.get("srcset"), name == "link" and attributes.get("href"))
        if address and address.startswith(("http", "//"))
    ]
    assert not asked
    assert not [path for path in site.rglob("*.css") if "url(http" in path.read_text(encoding="utf-8")]


def test_every_picture_has_a_text_and_a_size(tags):
    pictures = [(page, attributes) for page, name, attributes in tags if name == "img"]
    assert len(pictures) > 40
    assert not [each for each in pictures if not all(each[1].get(key) for key in ("alt", "width", "height"))]


def test_whatever_moves_has_a_still(tags, site):
    moving = [attributes["src"] for _, name, attributes in tags if name == "img" and attributes["src"][-4:] == ".gif"]
    stills = [attributes["srcset"] for _, name, attributes in tags if name == "source" and "data-still" in attributes]
    assert {f"{each}.jpg" for each in moving if each.startswith(("dreams/", "motion/"))} <= set(stills)
    assert moving and all((site / each).exists() for each in stills)


def test_links_between_files_are_links_between_pages(hooks):
    assert hooks.place("motion.md", "docs") == hooks.place("docs/motion.md", "") == "motion.md"
    assert hooks.place("../README.md", "docs") == hooks.place("README.md", "") == "index.md"
    assert hooks.place("../dreamcore/text.py", "docs") == "files/dreamcore/text.py"


def test_only_what_is_a_file_is_led_elsewhere(hooks):
    page = SimpleNamespace(file=SimpleNamespace(src_uri="index.md"))
    said = "[a](docs/api.md#dream) `f[0](x)` [b](https://example.org/docs/api.md)"
    led = "[a](api.md#dream) `f[0](x)` [b](https://example.org/docs/api.md)"
    assert hooks.on_page_markdown(said, page, None, None) == led


def test_what_would_fall_out_of_its_list_is_said(hooks, caplog):
    page = SimpleNamespace(file=SimpleNamespace(src_uri="looks.md"))
    hooks.on_page_markdown("- one\n\n    two\n\n  three", page, None, None)
    assert [record.message for record in caplog.records] == [
        "pages: looks.md: indent what belongs to a list by four: three"
    ]


def test_a_recipe_moves_where_its_animation_was_made(hooks, tmp_path, monkeypatch):
    monkeypatch.setattr(hooks, "MOVING", tmp_path)
    config = SimpleNamespace(docs_dir=ROOT / "docs", site_dir=tmp_path)
    assert hooks.sizes() == ""
    assert hooks.picture("six", "gallery/dogesine.jpg", config).startswith('<img alt="six" src="gallery/dogesine.jpg"')
    Image.new("RGB", (24, 18)).save(tmp_path / "dogesine.gif")
    (tmp_path / "dogesine.webp").write_bytes(bytes(300_000))
    assert "moving" not in hooks.picture("six", "gallery/dogesine.jpg", config)  # it is not complete
    (tmp_path / "dogesine.key").touch()
    assert "1 of them, is 0.3 MB" in hooks.sizes()
    assert hooks.picture("six", "gallery/dogesine.jpg", config) == (
        '<picture><source srcset="moving/dogesine.jpg" media="(prefers-reduced-motion: reduce)" data-still>'
        '<source srcset="moving/dogesine.webp" type="image/webp">'
        '<img alt="dogesine, moving" src="moving/dogesine.gif" width="24" height="18" loading="lazy"></picture>'
    )


SHOWN = "document.querySelector('.md-content picture img').currentSrc"


def test_the_first_page_moves_and_asks_for_files_alone(chromium, site):
    chromium.open(site / "index.html", prefers_reduced_motion="no-preference")
    assert chromium.until(f"{SHOWN}.endsWith('/dreams/city.gif')")
    assert {address.partition(":")[0] for address in chromium.requested} <= {"file", "data", "about"}
    chromium.click(".motion")
    assert chromium.until(f"{SHOWN}.endsWith('/dreams/city.gif.jpg')")


def test_who_wants_no_motion_sees_a_still_and_may_have_it_moved(chromium, site):
    chromium.open(site / "index.html", prefers_reduced_motion="reduce")
    assert chromium.until(f"{SHOWN}.endsWith('/dreams/city.gif.jpg')")
    chromium.click(".motion")
    assert chromium.until(f"{SHOWN}.endsWith('/dreams/city.gif')")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("page", ["index", "gallery", "models", "api", "animation"])
def test_no_page_is_wider_than_the_window(chromium, site, page, width):
    chromium.open(site / f"{page}.html", width=width)
    assert chromium.run("document.documentElement.scrollWidth") == width


def test_search_finds_words_without_a_server(chromium, site):
    chromium.open(site / "index.html")
    chromium.click("[data-md-component='search-query']")
    chromium.run("""{
        const query = document.querySelector("[data-md-component='search-query']")
        query.value = "pixelsort dogesine"
        query.dispatchEvent(new Event("input", { bubbles: true }))
        query.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true }))
    }""")
    assert chromium.until("document.querySelector('.md-search-result__item a[href*=\"gallery.html\"]')")
