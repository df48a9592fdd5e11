import numpy as np
import pytest
from PIL import Image

from dreamcore.errors import DreamError
from dreamcore.transforms import Context, blend, invert, mask, noise

FRAME = np.full((4, 6, 3), 100, np.float32)
OTHER = np.full((4, 6, 3), 200, np.float32)


def test_blend_with_the_previous_frame():
    assert np.allclose(blend(0.25)(FRAME, Context(1, previous=OTHER)), 125)


def test_the_first_frame_has_none_before_it_and_stays():
    assert np.array_equal(blend(0.25)(FRAME, Context(0)), FRAME)


def test_blend_with_the_original():
    assert np.allclose(blend(0.5, source="original")(FRAME, Context(0, original=OTHER)), 150)


@pytest.mark.parametrize(
    "mode, expected",
    [
        ("normal", 200),
        ("lighten", 200),
        ("darken", 100),
        ("difference", 100),
        ("screen", 255 - 155 * 55 / 255),
        ("multiply", 20000 / 255),
    ],
)
def test_modes(mode, expected):
    assert np.allclose(blend(1, mode=mode)(FRAME, Context(0, previous=OTHER)), expected, atol=1e-3)


def test_blend_with_a_file_of_another_size(tmp_path):
    path = tmp_path / "other one.png"
    Image.new("RGB", (3, 2), (200, 0, 50)).save(path)
    out = blend(0.5, source=str(path))(FRAME, Context(0))
    assert out.shape == FRAME.shape and out[1, 1].tolist() == [150, 50, 75]


def test_a_missing_file_is_named():
    with pytest.raises(DreamError, match="cannot read nowhere.png"):
        blend(source="nowhere.png")(FRAME, Context(0))


def test_a_mask_file_says_where(tmp_path):
    path = tmp_path / "mask.png"
    picture = Image.new("L", (6, 4))
    picture.paste(255, (3, 0, 6, 4))
    picture.save(path)
    out = mask(str(path), invert())(FRAME, Context(0))
    assert np.allclose(out[:, :3], 100) and np.allclose(out[:, 3:], 155, atol=1e-3)
    out = mask(str(path), invert(), inverse=True)(FRAME, Context(0))
    assert np.allclose(out[:, :3], 155, atol=1e-3) and np.allclose(out[:, 3:], 100, atol=1e-3)


def test_a_circle_changes_the_middle_and_not_the_corners():
    out = mask("circle", invert())(np.full((31, 41, 3), 100, np.float32), Context(0))
    assert out[15, 20, 0] == 155 and out[0, 0, 0] == 100


def test_bright_and_dark_parts_of_the_original():
    original = np.zeros((4, 6, 3), np.float32)
    original[:2] = 255
    context = Context(0, original=original)
    bright, dark = (mask(where, invert())(FRAME, context)[:, 0, 0] for where in ("bright", "dark"))
    assert bright.tolist() == [155, 155, 100, 100] and dark.tolist() == [100, 100, 155, 155]


@pytest.mark.parametrize("size", [0, 3])
def test_noise_has_the_deviation_that_it_is_given(size):
    grey = np.full((60, 80, 3), 128, np.float32)
    added = noise(4, size=size)(grey, Context(0)) - grey
    assert added.std() == pytest.approx(4, rel=1e-3) and abs(added.mean()) < 1


def test_noise_of_a_size_is_smooth():
    grey = np.full((60, 80, 3), 128, np.float32)
    grain, blots = (np.abs(np.diff(noise(4, size=size)(grey, Context(0)), axis=1)).mean() for size in (0, 6))
    assert blots < 0.2 * grain


def test_noise_is_the_frames_own():
    grey = np.full((6, 8, 3), 128, np.float32)
    one, again, other = (noise()(grey, Context(number, seed=1)) for number in (3, 3, 4))
    assert np.array_equal(one, again) and not np.array_equal(one, other)
