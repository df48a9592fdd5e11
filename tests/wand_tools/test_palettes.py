import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import uniform_filter

from tests.wand_tools.conftest import picture_frames
from wand_tools.errors import AnimationError
from wand_tools.look import DITHERS, Look
from wand_tools.sources.references import InMemory
from wand_tools.workers import Pool
from wand_tools.writers.cube import nearest_colours
from wand_tools.writers.palettes import _cells, _merged, find_palette, plan_palettes, tally, visibility
from wand_tools.writers.reduction import reduce

pictures = arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(3)))


def test_cells_count_pixels_and_sum_colours():
    picture = np.array([[[0, 0, 0], [1, 2, 3], [255, 0, 8]]], np.uint8)
    cells, sums, counts = _cells(picture, None, np.array([[1, 2, 5]], np.float32))
    assert cells.tolist() == [0, 63 * 4096 + 2]
    assert sums.tolist() == [[3, 2, 4, 6], [5, 1275, 0, 40]]
    assert counts.tolist() == [2, 1]


@given(pictures)
def test_cells_are_those_of_the_colours_and_no_others(picture):
    cells = picture.astype(int) // 4 @ [4096, 64, 1]
    assert sorted(tally(picture).cells) == np.unique(cells).tolist()


def test_transparent_pixels_do_not_count():
    assert tally(np.zeros((2, 2, 3), np.uint8), np.eye(2, dtype=bool)).sums[:, 0].tolist() == [2]


def test_the_cells_of_a_picture_of_many_colours_are_merged_and_nothing_is_lost():
    picture = np.random.default_rng(0).integers(0, 256, (120, 120, 3), dtype=np.uint8)
    sums = tally(picture).sums
    merged = _merged(sums)
    assert len(merged) < 0.9 * len(sums)
    assert np.allclose(merged.sum(axis=0), sums.sum(axis=0))
    assert len({tuple(cell) for cell in (merged[:, 1:] / merged[:, :1] + 0.5).astype(int) // 8}) == len(merged)


@given(pictures, st.integers(2, 256))
def test_a_palette_has_no_more_colours_than_asked_for(picture, colours):
    assert 1 <= len(find_palette(tally(picture).sums, colours)) <= colours


def test_few_colours_are_found_within_a_cell():
    colours = np.array([[10, 20, 30], [200, 100, 0], [90, 90, 250]], np.uint8)
    found = find_palette(tally(colours[None].repeat(5, axis=0)).sums, 255)
    assert np.abs(found.astype(int) - colours[np.lexsort(colours.T[::-1])]).max() <= 2


@pytest.mark.parametrize("dither", DITHERS)
def test_every_dither_keeps_the_mean_colour(dither):
    picture = picture_frames(1, 64, 48)[0]
    reduced = reduce(picture, Look(colours=64, dither=dither))
    assert reduced.indices.max() < len(reduced.palette) <= 63
    assert np.abs(reduced.colours().mean(axis=(0, 1)) - picture.mean(axis=(0, 1))).max() < 6


@pytest.mark.parametrize("dither", DITHERS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 1)])
def test_every_dither_takes_the_smallest_pictures(dither, shape):
    picture = np.full((*shape, 3), (9, 99, 199), np.uint8)
    assert np.abs(reduce(picture, Look(dither=dither)).colours().astype(int) - picture).max() <= 2


def test_best_is_nearer_than_normal():
    picture = picture_frames(1, 96, 72)[0]
    errors = [
        ((reduce(picture, Look(quality=quality, dither="none")).colours() - picture.astype(float)) ** 2).mean()
        for quality in ("best", "normal")
    ]
    assert errors[0] < errors[1] < 40


def test_an_error_in_a_texture_is_seen_less_than_one_on_a_plain_ground():
    picture = np.full((20, 40, 3), 100, np.uint8)
    picture[:, 20:] += np.random.default_rng(0).integers(0, 100, (20, 20, 1), dtype=np.uint8)
    weights = visibility(picture)
    assert (weights[:, :17] == 1).all()
    spread = picture[7:14, 27:34, 0].astype(float).var()
    assert weights[10, 30] == pytest.approx((60 / (spread + 60)) ** 0.25)


def test_a_palette_goes_on_where_the_picture_hardly_changes():
    first, second = picture_frames(2, 120, 90, step=1)
    before = tally(first).palette(Look())
    alone, steady = tally(second).palette(Look()), tally(second).palette(Look(), before)
    assert moves(before, steady) < moves(before, alone) / 2
    other = tally(second // 2)
    assert (other.palette(Look(), before) == other.palette(Look())).all()


def moves(before, after):
    """How far the colours of a palette are from the nearest ones of another, on average."""
    return np.sqrt(((before[:, None].astype(float) - after) ** 2).sum(axis=2)).min(axis=1).mean()


def test_tallies_add_up():
    first, second = picture_frames(2)
    both = tally(first) + tally(second)
    assert np.allclose(both.histogram(), tally(first).histogram() + tally(second).histogram())
    assert (both.pixels, both.few) == (2 * 40 * 30, None)


@given(pictures, arrays(np.uint8, st.tuples(st.integers(1, 256), st.just(3))))
def test_the_nearest_colour_is_found(picture, palette):
    found = nearest_colours(picture, palette)
    distances = ((picture[:, :, None].astype(int) - palette) ** 2).sum(axis=3)
    assert (np.take_along_axis(distances, found[..., None].astype(int), axis=2)[..., 0] == distances.min(axis=2)).all()


def test_the_nearest_colours_of_more_cells_than_lists_have_room_for_are_found():
    picture = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    palette = np.random.default_rng(1).integers(120, 130, (256, 3), dtype=np.uint8)
    got = palette[nearest_colours(picture, palette)].astype(int)
    for row in range(0, 300, 50):
        distances = ((picture[row, :, None].astype(int) - palette) ** 2).sum(axis=2)
        assert (((got[row] - picture[row]) ** 2).sum(axis=1) == distances.min(axis=1)).all()


@pytest.mark.parametrize("colours", [1, 2, 20, 256])
def test_the_nearest_colours_are_found_however_far_they_are(colours):
    rng = np.random.default_rng(colours)
    for picture in (rng.integers(0, 256, (90, 90, 3), np.uint8), rng.integers(0, 2, (9, 9, 3), np.uint8) * 255):
        palette = rng.integers(0, 256, (colours, 3), np.uint8)
        distances = ((picture[:, :, None].astype(int) - palette) ** 2).sum(axis=3)
        assert (nearest_colours(picture, palette) == distances.argmin(axis=2)).all()


def test_a_faint_dither_keeps_the_mean_of_an_area_better_than_none():
    ramp = np.linspace(0, 255, 96).astype(np.uint8)[None, :, None].repeat(64, axis=0).repeat(3, axis=2)
    off = []
    for dither in ("faint", "none"):
        error = reduce(ramp, Look(colours=9, dither=dither)).colours().astype(float) - ramp
        off.append(np.abs(uniform_filter(error, (9, 9, 0))).mean())
    assert off[0] < 0.97 * off[1]


def test_the_best_quality_dithers_faintly_unless_told():
    picture = picture_frames(1, 64, 48)[0]
    best = reduce(picture, Look(colours=16, quality="best")).indices
    assert (best == reduce(picture, Look(colours=16, quality="best", dither="faint")).indices).all()
    assert (best != reduce(picture, Look(colours=16, quality="best", dither="none")).indices).any()


def test_ordered_dither_does_not_move_between_equal_frames():
    frames = picture_frames(2, step=0)
    first, second = (reduce(frame, Look(dither="ordered")).indices for frame in frames)
    assert (first == second).all()


def test_alpha_is_cut_at_half():
    picture = np.zeros((1, 2, 4), np.uint8)
    picture[0, :, 3] = 127, 128
    assert reduce(picture).solid.tolist() == [[False, True]]


def test_a_matte_lies_behind_alpha():
    picture = np.array([[[255, 0, 0, 51]]], np.uint8)
    reduced = reduce(picture, Look(matte=(0, 0, 100)))
    assert reduced.solid is None
    assert reduced.picture.tolist() == [[[51, 0, 80]]]


@pytest.mark.parametrize("bad", [{"colours": 1}, {"colours": 257}, {"dither": "fs"}, {"quality": "good"}])
def test_wrong_settings_are_named(bad):
    with pytest.raises(AnimationError, match=str(next(iter(bad.values())))):
        Look(**bad)


def test_scenes_begin_where_the_colours_change():
    dark, light = np.full((4, 4, 3), 20, np.uint8), np.full((4, 4, 3), 220, np.uint8)
    frames = [InMemory(frame) for frame in (dark, dark, light, light, light, dark)]
    with Pool(1) as pool:
        plan = plan_palettes("scene", frames, Look(), pool)
    assert [first for first, _ in plan.runs] == [0, 2, 5]
    assert plan[1] is plan[0]
    assert plan[4] is plan[2] is not plan[5]


def test_a_global_palette_is_shared_and_leaves_room_for_transparency():
    frames = [InMemory(frame) for frame in picture_frames(3)]
    with Pool(1) as pool:
        plan = plan_palettes("global", frames, Look(colours=16), pool)
    assert len(plan[0]) == 15
    assert len(plan.shared) == 16 * 3
