import runpy
from pathlib import Path

import pytest

from dreamcore.sequence.recipe import SHIPPED

ROOT = Path(__file__).resolve().parents[2]
MEANS = "gallery-means", "gallery-googlenet"


def test_the_gallery_shows_every_recipe_as_it_is():
    tool = runpy.run_path(str(ROOT / "tools/gallery.py"))
    written = (ROOT / "docs/gallery.md").read_text(encoding="utf-8")
    assert written == tool["page"](tool["recipes"]()), "run tools/gallery.py --page"


def test_every_recipe_has_a_small_strip_and_no_strip_is_left_over():
    strips = {path.stem: path.stat().st_size for path in (ROOT / "docs/gallery").iterdir()}
    assert set(strips) == {path.stem for path in SHIPPED.glob("*.toml")}
    assert max(strips.values()) < 300_000


@pytest.fixture
def means(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return runpy.run_path(str(ROOT / "tools/gallery_means.py"))


@pytest.mark.parametrize("title", MEANS)
def test_the_galleries_of_means_show_the_commands_that_made_them(means, title):
    written = (ROOT / f"docs/{title}.md").read_text(encoding="utf-8")
    assert written == means["text"](title, means["PAGES"][title]), "run tools/gallery_means.py --page"


@pytest.mark.parametrize("title", MEANS)
def test_every_means_has_small_strips_and_no_strip_is_left_over(means, title):
    strips = {path.stem: path.stat().st_size for path in (ROOT / "docs" / title).iterdir()}
    assert set(strips) == {name for name, *_ in means["strips"](means["PAGES"][title])}
    assert max(strips.values()) < 100_000


def test_each_means_is_shown_twice_and_all_scenes_are(means):
    assert {len(each) for each in means["MEANS"].values()} == {2}
    assert len({shown.scene for _, shown, _ in means["strips"](means["PAGES"]["gallery-means"])}) == 4
