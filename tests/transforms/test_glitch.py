import numpy as np

from dreamcore.transforms import Context, bit_crush, block_shift, channel_offset, jpeg, pixel_sort, scan_lines

HERE = Context(0)
FRAME = np.random.default_rng(0).uniform(0, 255, (24, 32, 3)).astype(np.float32)


def row(*greys):
    return np.repeat(np.array([greys], np.float32)[..., None], 3, axis=2)


def test_pixels_are_sorted_between_the_thresholds_only():
    out = pixel_sort(low=50, high=150)(row(140, 100, 60, 10, 120, 90, 200, 80, 70), HERE)
    assert out[0, :, 0].tolist() == [60, 100, 140, 10, 90, 120, 200, 70, 80]


def test_falling_puts_the_largest_first():
    out = pixel_sort(low=50, high=150, falling=True)(row(60, 100, 10, 90, 120), HERE)
    assert out[0, :, 0].tolist() == [100, 60, 10, 120, 90]


def test_columns_are_sorted_along_columns():
    column = row(140, 100, 60, 10, 120, 90).transpose(1, 0, 2)
    out = pixel_sort("columns", low=50, high=150)(column, HERE)
    assert out[:, 0, 0].tolist() == [60, 100, 140, 10, 90, 120]


def test_sorting_by_hue_goes_round_the_circle():
    red, green, blue = [200, 0, 0], [0, 200, 0], [0, 0, 200]
    out = pixel_sort(by="hue", low=0, high=255)(np.array([[blue, red, green]], np.float32), HERE)
    assert out[0].tolist() == [red, green, blue]


def test_sorting_by_a_channel_moves_whole_pixels():
    out = pixel_sort(by="green", low=0, high=255)(FRAME, HERE)
    assert (np.diff(out[..., 1], axis=1) >= -1 / 128).all()
    assert np.array_equal(np.unique(out.reshape(-1, 3), axis=0), np.unique(FRAME.reshape(-1, 3), axis=0))


def test_equal_keys_keep_their_order():
    frame = np.array([[[1, 9, 0], [2, 5, 0], [3, 9, 0], [4, 5, 0]]], np.float32)
    assert pixel_sort(by="green", low=0, high=255)(frame, HERE)[0, :, 0].tolist() == [2, 4, 1, 3]


def test_blocks_come_from_the_picture():
    out = block_shift(5, size=0.3)(FRAME, HERE)
    changed = (out != FRAME).any(axis=2)
    assert 0 < changed.sum() < changed.size
    known = {tuple(pixel) for pixel in FRAME.reshape(-1, 3)}
    assert all(tuple(pixel) in known for pixel in out.reshape(-1, 3))


def test_no_blocks_or_no_distance_change_nothing():
    assert np.array_equal(block_shift(0)(FRAME, HERE), FRAME)
    assert np.array_equal(block_shift(9, distance=0)(FRAME, HERE), FRAME)


def test_scan_lines_darken_every_third_row():
    out = scan_lines(0.5)(np.full((7, 1, 3), 100, np.float32), HERE)
    assert out[:, 0, 0].tolist() == [50, 100, 100, 50, 100, 100, 50]


def test_scan_lines_move_with_their_speed():
    out = scan_lines(0.5, speed=1)(np.full((4, 1, 3), 100, np.float32), Context(1))
    assert out[:, 0, 0].tolist() == [100, 50, 100, 100]


def test_channel_offset_pulls_red_and_blue_apart():
    out = channel_offset(1)(row(1, 2, 3, 4), HERE)
    assert out[0].T.tolist() == [[4, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 1]]


def test_bit_crush_leaves_so_many_levels():
    assert bit_crush(1)(row(0, 100, 130, 255), HERE)[0, :, 0].tolist() == [63.5, 63.5, 191.5, 191.5]
    assert np.array_equal(bit_crush(8)(FRAME, HERE), FRAME)


def test_bit_crush_makes_pixels_large():
    out = bit_crush(8, pixels=3)(row(1, 2, 3, 4, 5), HERE)
    assert out[0, :, 0].tolist() == [2, 2, 2, 5, 5]


def test_jpeg_of_high_quality_stays_near_and_of_low_quality_does_not():
    smooth = np.broadcast_to(np.linspace(0, 255, 32, dtype=np.float32)[None, :, None], (24, 32, 3)).copy()
    assert np.abs(jpeg(95)(smooth, HERE) - smooth).max() < 8
    assert np.abs(jpeg(1)(smooth, HERE) - smooth).max() > 8


def test_a_damaged_jpeg_differs_and_comes_out_the_same_again():
    whole, broken = jpeg(50)(FRAME, HERE), jpeg(50, damage=40)(FRAME, HERE)
    assert not np.array_equal(whole, broken)
    assert np.array_equal(broken, jpeg(50, damage=40)(FRAME, HERE))
