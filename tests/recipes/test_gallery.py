import runpy
from pathlib import Path

from dreamcore.sequence.recipe import SHIPPED

ROOT = Path(__file__).resolve().parents[2]


def test_the_gallery_shows_every_recipe_as_it_is():
    tool = runpy.run_path(str(ROOT / "tools/gallery.py"))
    written = (ROOT / "docs/gallery.md").read_text(encoding="utf-8")
    assert written == tool["page"](tool["recipes"]()), "run tools/gallery.py --page"


def test_every_recipe_has_a_small_strip_and_no_strip_is_left_over():
    strips = {path.stem: path.stat().st_size for path in (ROOT / "docs/gallery").iterdir()}
    assert set(strips) == {path.stem for path in SHIPPED.glob("*.toml")}
    assert max(strips.values()) < 300_000
