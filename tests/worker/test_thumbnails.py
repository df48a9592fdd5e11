"""Small pictures of recipes are dreamed once for a picture."""

import numpy as np
import pytest

from dreamcore.worker import thumbnails
from dreamcore.worker.engine import Engine

PICTURE = np.random.default_rng(0).uniform(0, 255, (48, 56, 3)).astype("f4")
NAMES = ["", "no-such-recipe", "first-light"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(thumbnails, "user_folder", lambda kind: tmp_path)
    return tmp_path / "thumbnails"


def asked(**more):
    steps = []
    found = dict(Engine().thumbnails(PICTURE, NAMES, progress=lambda *step: steps.append(step), **more))
    return found, len(steps)


def test_a_picture_that_was_seen_before_has_its_thumbnails_at_once():
    first, steps = asked()
    again, none = asked()
    assert [*first] == ["", "first-light"] and steps > none == 0
    for name, pixels in first.items():
        np.testing.assert_allclose(again[name], pixels, atol=0.51)


def test_other_settings_have_thumbnails_of_their_own(folder):
    asked()
    asked(parameters={"seed": 1})
    assert len([*folder.glob("*.png")]) == 4


def test_no_more_are_kept_than_are_of_use(folder, monkeypatch):
    monkeypatch.setattr(thumbnails, "MOST", 1)
    asked()
    assert len([*folder.glob("*.png")]) == 1
