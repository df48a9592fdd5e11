import numpy as np
import pytest
from scipy import ndimage

from dreamcore.transforms import (
    Context,
    affine,
    box,
    invert,
    parse,
    perspective,
    regions,
    rotate,
    shear,
    stretch,
    swirl,
    zoom,
)

HERE = Context(0)
RNG = np.random.default_rng(0)
SQUARE = RNG.uniform(0, 255, (5, 5, 3)).astype(np.float32)
WIDE = RNG.uniform(0, 255, (6, 9, 3)).astype(np.float32)


def grey(rows):
    return np.repeat(np.array(rows, np.float32)[..., None], 3, axis=2)


def test_zoom_is_the_notebooks(shared):
    reference = np.load(shared / "reference/frames_cat_164x124.npz")
    for frame, zoomed in zip(reference["frames"], reference["zoomed"], strict=True):
        assert np.abs(zoom(0.05)(frame.astype(np.float32), HERE) - zoomed).max() < 1e-3


def test_zoom_equals_the_notebooks_line_on_any_size():
    s, (h, w) = 0.05, WIDE.shape[:2]
    line = ndimage.affine_transform(WIDE, [1 - s, 1 - s, 1], [h * s / 2, w * s / 2, 0], order=1)
    assert np.allclose(zoom(s)(WIDE, HERE)[1:-1, 1:-1], line[1:-1, 1:-1], atol=1e-3)


def test_zoom_by_a_half_by_hand():
    out = zoom(0.5)(grey([[0, 10, 20, 30]] * 4), HERE)  # x' = x / 2 + 1
    assert out[0, :, 0].tolist() == [10, 15, 20, 25]


def test_zoom_keeps_its_centre():
    out = zoom(0.5, x=0, y=0)(WIDE, HERE)
    assert np.allclose(out[0, 0], WIDE[0, 0]) and np.allclose(out[2, 4], WIDE[1, 2])


@pytest.mark.parametrize(
    "border, expected",
    [
        ("mirror", [1, 0, 0, 1, 2, 3, 3, 2]),
        ("wrap", [2, 3, 0, 1, 2, 3, 0, 1]),
        ("edge", [0, 0, 0, 1, 2, 3, 3, 3]),
        ("colour", [9, 9, 0, 1, 2, 3, 9, 9]),
    ],
)
def test_borders(border, expected):
    picture = grey([[0, 1, 2, 3]] * 2)
    step = affine([1, 0, -2, 0, 1, 0], border=border, colour=[9, 9, 9])
    shifted = affine([1, 0, 2, 0, 1, 0], border=border, colour=[9, 9, 9])
    assert step(picture, HERE)[0, :, 0].tolist() == expected[:4]
    assert shifted(picture, HERE)[0, :, 0].tolist() == expected[4:]


def test_a_colour_border_is_that_colour():
    out = zoom(-9, border="colour", colour=[1, 2, 3])(WIDE, HERE)
    assert out[0, 0].tolist() == [1, 2, 3]


def test_stretch_moves_one_axis_only():
    picture = grey([[0, 1, 2, 3], [10, 11, 12, 13], [20, 21, 22, 23], [30, 31, 32, 33]])
    assert stretch(0.5)(picture, HERE)[:, 1, 0].tolist() == [11, 16, 21, 26]
    assert stretch(0.5, axis="horizontal")(picture, HERE)[1, :, 0].tolist() == [11, 11.5, 12, 12.5]


def test_stretch_equals_a_direct_evaluation():
    s, h = 0.05, WIDE.shape[0]
    line = ndimage.affine_transform(WIDE, [1 - s, 1, 1], [h * s / 2, 0, 0], order=1)
    assert np.allclose(stretch(s)(WIDE, HERE), line, atol=1e-3)


@pytest.mark.parametrize("angle, turns", [(90, 1), (180, 2), (-90, 3)])
def test_rotate_by_right_angles(angle, turns):
    assert np.allclose(rotate(angle)(SQUARE, HERE), np.rot90(SQUARE, turns), atol=1e-3)


def test_shear_moves_rows_by_their_distance_from_the_centre():
    picture = grey([[1, 2, 3]] * 3)
    out = shear(1, border="wrap")(picture, HERE)
    assert out[..., 0].tolist() == [[3, 1, 2], [1, 2, 3], [2, 3, 1]]
    turned = shear(1, axis="vertical", border="wrap")(picture.transpose(1, 0, 2), HERE)
    assert np.allclose(turned, out.transpose(1, 0, 2))


def test_affine_mirrors_about_the_centre():
    assert np.allclose(affine([-1, 0, 0, 1])(WIDE, HERE), WIDE[:, ::-1], atol=1e-3)
    assert np.allclose(affine([0, 1, 1, 0])(SQUARE, HERE), SQUARE.transpose(1, 0, 2), atol=1e-3)


def test_perspective_enlarges_the_near_side():
    picture = grey([[0, 1, 2, 3, 4]] * 5)
    out = perspective(0.25, border="edge")(picture, HERE)[2, :, 0]  # x' = 2 + d / (1 + d / 8)
    assert out == pytest.approx([0, 2 - 1 / 0.875, 2, 2 + 1 / 1.125, 2 + 2 / 1.25], abs=1e-5)


def test_swirl_turns_the_middle_and_leaves_the_outside():
    ramp = np.broadcast_to(np.arange(21, dtype=np.float32)[None, :, None], (21, 21, 3)).copy()
    out = swirl(90, radius=0.3)(ramp, HERE)
    assert np.allclose(out[0], ramp[0]) and np.allclose(out[:, 0], ramp[:, 0])
    # One pixel above the middle, r = 1 of R = 6.3: the angle is 90 (1 - 1/6.3)^2, x' = 10 + sin(angle) * 1.
    angle = np.deg2rad(90 * (1 - 1 / 6.3) ** 2)
    assert out[9, 10, 0] == pytest.approx(10 + np.sin(angle) * (0 - -1) * -1 * -1, abs=1e-3)


def test_regions_give_each_cell_its_transform():
    out = regions(invert(), invert(0), rows=2, columns=2)(WIDE, HERE)
    expected = WIDE.copy()
    expected[:3, :4] = 255 - WIDE[:3, :4]  # 9 columns: 4 and 5
    expected[3:, :4] = 255 - WIDE[3:, :4]
    assert np.allclose(out, expected)


def test_regions_pass_into_one_another_over_so_many_pixels():
    black, white = parse("chain()"), parse("invert()")
    out = regions(black, white, rows=1, columns=2, blend=4)(np.zeros((2, 8, 3), np.float32), HERE)
    assert np.allclose(out[..., 0] / 255, [[0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1]] * 2)


@pytest.mark.parametrize("blend", [0, 3, 50])
def test_soft_regions_that_leave_everything_leave_the_picture(blend):
    assert np.allclose(regions(parse("chain()"), rows=2, columns=3, blend=blend)(WIDE, HERE), WIDE, atol=1e-3)


def test_regions_smaller_than_a_pixel_do_no_harm():
    assert np.allclose(regions(invert(), rows=64, columns=64)(WIDE, HERE), 255 - WIDE)


def test_a_box_is_changed_and_nothing_else():
    out = box(invert(), left=0, right=0.34, top=0.5, bottom=1)(WIDE, HERE)
    expected = WIDE.copy()
    expected[3:, :3] = 255 - WIDE[3:, :3]
    assert np.allclose(out, expected)


def test_inside_a_region_the_original_is_cut_too():
    from dreamcore.transforms import blend

    original = RNG.uniform(0, 255, WIDE.shape).astype(np.float32)
    out = regions(blend(1, source="original"), rows=2, columns=2)(WIDE, Context(0, original=original))
    assert np.allclose(out, original)
