"""The moving gallery: small enough, and not made again while it is the same."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import dreamcore.sequence
from wand_tools import make_animation

NOISE = [np.random.default_rng(number).integers(0, 256, (24, 32, 3), np.uint8) for number in range(4)]


@pytest.fixture
def gallery(monkeypatch, request):
    monkeypatch.syspath_prepend(str(request.config.rootpath / "tools"))
    import gallery

    return gallery


def size(path):
    return path.stat().st_size


def test_a_webp_is_as_good_as_its_size_allows(gallery, tmp_path, monkeypatch):
    make_animation(NOISE, tmp_path / "exact.png", durations=[0.07, 0.07, 0.14, 0.07])
    best, small, still = (tmp_path / name for name in ("best.webp", "small.webp", "still.jpg"))
    gallery.write_webp(tmp_path / "exact.png", best, still)
    monkeypatch.setattr(gallery, "LARGEST", size(best))
    gallery.write_webp(tmp_path / "exact.png", small, still)
    assert size(small) < size(best)
    with Image.open(small) as moving, Image.open(still) as middle:
        assert moving.n_frames == 4 and middle.size == (32, 24)
        moving.seek(2)
        moving.load()
        assert moving.info["duration"] == 140


def test_what_is_there_and_the_same_is_not_made_again(gallery, tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr(dreamcore.sequence, "run", lambda job: ran.append(job) or NOISE)
    job = SimpleNamespace(notes=lambda: {"seed": 1}, delays=[7] * 4, timing={"plays": 0})
    assert gallery.write_moving("a", job, tmp_path) and not gallery.write_moving("a", job, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"a.gif", "a.jpg", "a.key", "a.webp"} and len(ran) == 1
    other = SimpleNamespace(notes=lambda: {"seed": 2}, delays=[7] * 4, timing={"plays": 0})
    assert gallery.write_moving("a", other, tmp_path)


def test_a_recipe_is_shown_at_most_so_long(gallery):
    network = dreamcore.load_network()
    shown = {name: gallery.moving_job(gallery.recipes()[name], network, "sky", 0) for name in ("carnival", "carousel")}
    assert len(shown["carnival"].delays) == gallery.LONGEST
    assert len(shown["carousel"].delays) == 2 * len(shown["carousel"].numbers)  # a loop, with one in between
