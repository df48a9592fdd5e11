import numpy as np
import pytest

from dreamcore.errors import DreamError
from dreamcore.transforms import (
    Context,
    channel_shift,
    colour_matrix,
    gamma,
    hold,
    hue_shift,
    invert,
    palette_flatten,
    palette_shift,
    posterise,
    saturation,
)

HERE = Context(0)
RNG = np.random.default_rng(0)
FRAME = RNG.uniform(0, 255, (20, 30, 3)).astype(np.float32)
ORIGINAL = RNG.normal(100, 20, (20, 30, 3)).clip(0, 255).astype(np.float32)
FOUR = np.array([[[0, 0, 0], [60, 60, 60]], [[120, 120, 120], [200, 200, 200]]], np.float32).repeat(8, 0).repeat(8, 1)


def pixel(*values):
    return np.array([[values]], np.float32)


def test_hue_by_120_turns_red_to_green_to_blue():
    assert np.allclose(hue_shift(120)(pixel(200, 10, 30), HERE), pixel(30, 200, 10), atol=1e-3)
    assert np.allclose(hue_shift(-120)(pixel(200, 10, 30), HERE), pixel(10, 30, 200), atol=1e-3)


def test_hue_leaves_greys():
    assert np.allclose(hue_shift(77)(pixel(90, 90, 90), HERE), 90, atol=1e-3)


def test_hue_there_and_back():
    mild = FRAME * 0.2 + 100
    assert np.allclose(hue_shift(-50)(hue_shift(50)(mild, HERE), HERE), mild, atol=1e-3)


def test_saturation_0_is_the_luminance():
    assert np.allclose(saturation(0)(pixel(100, 50, 200), HERE), 0.299 * 100 + 0.587 * 50 + 0.114 * 200, atol=1e-3)
    assert np.allclose(saturation(2)(pixel(100, 120, 110), HERE), 2 * pixel(100, 120, 110) - 112.88, atol=1e-2)


def test_palette_shift_moves_each_colour_to_the_next_lighter():
    out = palette_shift(1, colours=4)(FOUR, HERE)
    assert [out[y, x, 0] for y, x in ((0, 0), (0, 8), (8, 0), (8, 8))] == pytest.approx([60, 120, 200, 0])


def test_palette_shift_by_all_its_colours_changes_nothing():
    assert np.allclose(palette_shift(4, colours=4)(FOUR, HERE), FOUR)
    assert np.allclose(palette_shift(0)(FRAME, HERE), FRAME)


def test_palette_shift_by_a_half_mixes_neighbours():
    assert palette_shift(0.5, colours=4, detail=0)(FOUR, HERE)[0, 0, 0] == pytest.approx(30)


def test_hold_colour_brings_light_hue_balance_and_saturation_back():
    first = (ORIGINAL - 100) * (0.6, 1.2, 0.9) + (140, 110, 90)
    drifted = np.float32((ORIGINAL[::-1] - 100) * (2.5, 1.4, 2.1) + (130, 125, 120)).clip(0, 255)
    held = hold("colour")(drifted, Context(9, original=np.float32(first)))

    def parts(frame):
        grey = frame @ np.float32([0.299, 0.587, 0.114])
        chroma = frame - grey[..., None]
        return [grey.mean(), grey.std(), *chroma.mean((0, 1)), np.sqrt(np.square(chroma - chroma.mean((0, 1))).mean())]

    assert np.allclose(parts(held), parts(first), atol=0.5)


def test_in_a_dark_picture_colours_that_are_nearly_alike_stay_so():
    ramp = np.broadcast_to(np.linspace(4, 44, 81, dtype=np.float32)[:, None], (20, 81, 3)).copy()  # half a level apart
    shifted = palette_shift(1, colours=8)(ramp, HERE)
    assert np.abs(np.diff(shifted[0, :, 0])).max() < 2.5 and np.abs(shifted - ramp).max() > 5


def test_palette_flatten_leaves_so_many_colours():
    out = palette_flatten(5)(FRAME, HERE)
    assert len(np.unique(out.reshape(-1, 3), axis=0)) <= 5
    assert np.array_equal(palette_flatten(4)(FOUR, HERE), FOUR)


def test_palette_flatten_may_take_the_first_pictures_colours():
    out = palette_flatten(4, source="first")(np.full((16, 16, 3), 130, np.float32), Context(9, original=FOUR))
    assert np.unique(out).tolist() == [120]


def test_channel_shift():
    assert channel_shift(1)(pixel(1, 2, 3), HERE).tolist() == pixel(3, 1, 2).tolist()
    assert channel_shift(0)(pixel(1, 2, 3), HERE).tolist() == pixel(1, 2, 3).tolist()


def test_colour_matrix_with_and_without_a_fourth_column():
    assert colour_matrix([0, 1, 0, 0, 0, 2, 1, 1, 0])(pixel(1, 2, 3), HERE).tolist() == pixel(2, 6, 3).tolist()
    assert colour_matrix([1, 0, 0, 5, 0, 1, 0, 0, 0, 0, 1, 0])(pixel(1, 2, 3), HERE).tolist() == pixel(6, 2, 3).tolist()


def test_gamma():
    assert np.allclose(gamma(2)(pixel(0, 51, 255), HERE), pixel(0, 51 * 51 / 255, 255), atol=1e-3)


def test_posterise_keeps_black_and_white():
    assert posterise(3)(pixel(10, 100, 250), HERE).tolist() == pixel(0, 127.5, 255).tolist()


def test_invert():
    assert invert()(pixel(0, 100, 255), HERE).tolist() == pixel(255, 155, 0).tolist()
    assert invert(0.5)(pixel(0, 100, 255), HERE).tolist() == pixel(127.5, 127.5, 127.5).tolist()


def test_hold_the_mean():
    out = hold("mean")(np.full((4, 4, 3), 50, np.float32), Context(0, original=pixel(10, 20, 30)))
    assert out[0, 0].tolist() == [10, 20, 30]


def test_hold_the_contrast():
    frame = 0.3 * ORIGINAL[::-1] + 80
    assert np.allclose(hold("contrast")(frame, Context(0, original=ORIGINAL)), ORIGINAL[::-1], atol=1e-2)


def test_hold_all_channels_together_leaves_a_tint():
    frame = np.broadcast_to(pixel(10, 20, 60), (4, 4, 3)).copy()
    out = hold("mean", together=True)(frame, Context(0, original=np.full((4, 4, 3), 100, np.float32)))
    assert out[0, 0].tolist() == [80, 90, 130]


def test_hold_the_histogram():
    out = hold("histogram")(FRAME, Context(0, original=ORIGINAL))
    for part in (1, 10, 50, 90, 99):
        assert np.percentile(out, part) == pytest.approx(np.percentile(ORIGINAL, part), abs=3)
    order = np.argsort(FRAME[..., 0].ravel())
    assert (np.diff(out[..., 0].ravel()[order]) >= -1e-3).all()


def test_hold_by_half_goes_half_the_way():
    context = Context(0, original=np.full((1, 1, 3), 100, np.float32))
    assert hold("mean", strength=0.5)(pixel(50, 60, 70), context).tolist() == pixel(75, 80, 85).tolist()


def test_hold_of_the_original_itself_changes_nothing():
    for what in ("mean", "contrast", "histogram"):
        assert np.allclose(hold(what)(ORIGINAL, Context(0, original=ORIGINAL)), ORIGINAL, atol=0.3)


def test_hold_of_a_flat_frame_stays_finite():
    assert np.isfinite(hold("contrast")(np.full((20, 30, 3), 9, np.float32), Context(0, original=ORIGINAL))).all()


def test_hold_without_an_original_says_so():
    with pytest.raises(DreamError, match="hold needs the picture that the sequence began with"):
        hold()(FRAME, HERE)
