"""Frames that are in Python already: arrays of several kinds, images of Pillow and Wand."""

from fractions import Fraction

import numpy as np
import pytest
import wand.image
from PIL import Image

from tests.wand_tools.conftest import decoded, picture_frames
from tests.wand_tools.test_facts import swapped_profile
from wand_tools import AnimationError, contact_sheet, make_animation
from wand_tools.sources.opening import open_source


def read_all(source):
    return [source.read(number) for number in range(source.count)]


def wand_stack(*colours, delay=0):
    stack = wand.image.Image()
    for colour in colours:
        with wand.image.Image(width=6, height=4, background=colour) as frame:
            frame.delay = delay
            stack.sequence.append(frame)
    return stack


# -- arrays -----------------------------------------------------------------------------------------------------------


def test_float32_from_0_to_255_is_rounded_and_cut():
    frame = np.array([[[0.4, 0.6, 99.5], [100.5, -3, 260]]], np.float32)
    assert open_source([frame]).read(0).tolist() == [[[0, 1, 100], [100, 0, 255]]]


def test_float32_frames_make_the_file_of_the_rounded_ones(tmp_path, frames):
    noise = np.random.default_rng(0).uniform(-0.4, 0.4, frames[0].shape).astype(np.float32)
    make_animation(frames, tmp_path / "whole.gif", jobs=1)
    make_animation((frame + noise for frame in frames), tmp_path / "float.gif", jobs=1)
    assert (tmp_path / "float.gif").read_bytes() == (tmp_path / "whole.gif").read_bytes()


def test_black_float32_is_black():
    assert not open_source([np.zeros((2, 2, 3), np.float32)]).read(0).any()


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (np.full((2, 2, 3), 0.5, np.float32), r"lies in 0\.\.1; multiply it by 255"),
        (np.full((2, 2, 3), np.nan, np.float32), "holds nan or inf"),
        (np.full((2, 2, 3), 100.0), r"float64 array of shape \(2, 2, 3\); uint8 \(height, width, 3 or 4\) is needed"),
        (np.full((2, 2, 3), 100, np.uint16), "uint16 array"),
        (np.full((2, 2, 3), 100, np.int64), "int64 array"),
        (np.full((2, 2, 3), True), "bool array"),
        (np.zeros((2, 2), np.float32), r"float32 array of shape \(2, 2\)"),
        (np.zeros((0, 2, 3), np.uint8), r"uint8 array of shape \(0, 2, 3\)"),
        ({"not": "a frame"}, "dict is no picture"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_other_array_is_one_clear_error_that_names_the_frame(frame, text):
    good = np.zeros((2, 2, 3), np.uint8)
    with pytest.raises(AnimationError, match=f"^frame 1: .*{text}") as caught:
        open_source([good, frame]).read(1)
    assert "\n" not in str(caught.value)


def test_one_array_is_one_frame_and_four_dimensions_are_frames(frames):
    assert (read_all(open_source(frames[0]))[0] == frames[0]).all()
    assert (np.array(read_all(open_source(np.array(frames)))) == frames).all()


def test_a_list_is_read_in_any_order_without_a_folder_for_it(tmp_path, frames):
    make_animation(frames, tmp_path / "a.png", reverse=True, jobs=1)
    assert (np.array(decoded(tmp_path / "a.png")) == frames[::-1]).all()
    assert open_source(frames).parallel


def test_an_empty_list_has_no_frames():
    with pytest.raises(AnimationError, match="no frames"):
        open_source([])


# -- Pillow -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "CMYK"])
def test_pillow_images_are_frames(frames, mode):
    images = [Image.fromarray(frame).convert(mode) for frame in frames]
    for got, image in zip(read_all(open_source(images)), images, strict=True):
        assert (got == np.asarray(image.convert("RGB"))).all()


def test_alpha_of_a_pillow_image_is_kept():
    image = Image.new("RGBA", (3, 2), (200, 30, 60, 100))
    assert (open_source([image]).read(0) == (200, 30, 60, 100)).all()


@pytest.mark.parametrize("mode", ["I;16", "F"])
def test_a_pillow_image_of_another_depth_is_refused(mode):
    with pytest.raises(AnimationError, match=f"frame 0: a Pillow image of mode {mode}; convert it to RGB"):
        open_source([Image.new(mode, (3, 2))])


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_a_pillow_image_of_several_frames_keeps_times_and_plays_and_its_place(tmp_path, suffix):
    make_animation(picture_frames(3), tmp_path / f"a.{suffix}", durations=[0.05, 0.2, 0.07], plays=4, jobs=1)
    with Image.open(tmp_path / f"a.{suffix}") as image:
        image.seek(1)
        source = open_source(image)
        assert [float(time) for time in source.durations] == [0.05, 0.2, 0.07]
        assert source.plays == 4
        assert (np.array(read_all(source)) == decoded(tmp_path / f"a.{suffix}")).all()
        source.close()
        assert image.tell() == 1


# -- Wand -------------------------------------------------------------------------------------------------------------


def test_a_wand_image_of_several_frames_is_an_animation(tmp_path):
    with wand_stack("red", "lime", "blue", delay=12) as stack:
        stack.loop = 3
        source = open_source(stack)
        assert (source.size, source.plays) == ((6, 4), 3)
        assert source.durations == [Fraction(12, 100)] * 3
        made = make_animation(stack, tmp_path / "a.png", reverse=True, jobs=1)
        assert len(stack.sequence) == 3
    assert (made.frames, made.seconds) == (3, 0.36)
    assert [frame[0, 0].tolist() for frame in decoded(tmp_path / "a.png")] == [[0, 0, 255], [0, 255, 0], [255, 0, 0]]


def test_a_wand_image_without_delays_says_no_times():
    with wand_stack("red", "lime") as stack:
        assert open_source(stack).durations == [None, None]


def test_partial_frames_of_a_wand_image_come_out_whole(tmp_path):
    frames = picture_frames(2)
    frames[1] = frames[0].copy()
    frames[1][3:6, 4:9] = 0
    make_animation(frames, tmp_path / "a.gif", jobs=1)
    with wand.image.Image(filename=str(tmp_path / "a.gif")) as image:
        assert image.sequence[1].size == (5, 3)
        assert (np.array(read_all(open_source(image))) == decoded(tmp_path / "a.gif")).all()
        assert image.sequence[1].size == (5, 3)


def test_wand_images_in_a_list_are_frames():
    with wand_stack("red") as red, wand_stack("blue") as blue, wand_stack("red", "lime") as stack:
        colours = [frame[0, 0].tolist() for frame in read_all(open_source([red, blue, stack.sequence[1]]))]
        assert colours == [[255, 0, 0], [0, 0, 255], [0, 255, 0]]


@pytest.mark.parametrize("lazy", [False, True])
def test_each_image_of_several_frames_among_others_is_all_of_them_with_their_times(tmp_path, lazy):
    with wand_stack("red", "lime", delay=5) as first, wand_stack("blue", delay=20) as last:
        frames = [first, np.zeros((4, 6, 3), np.uint8), last]
        made = make_animation(iter(frames) if lazy else frames, tmp_path / "a.png", jobs=1)
        backwards = make_animation(iter(frames) if lazy else frames, tmp_path / "b.png", reverse=True, jobs=1)
    assert made.seconds == backwards.seconds == 0.37
    colours = [frame[0, 0].tolist() for frame in decoded(tmp_path / "a.png")]
    assert colours == [[255, 0, 0], [0, 255, 0], [0, 0, 0], [0, 0, 255]]
    assert [frame[0, 0].tolist() for frame in decoded(tmp_path / "b.png")] == colours[::-1]
    with Image.open(tmp_path / "b.png") as image:
        assert [image.seek(number) or image.info["duration"] for number in range(4)] == [200, 70, 50, 50]


def test_pillow_images_in_a_list_keep_their_times(tmp_path):
    images = [Image.new("RGB", (4, 3), colour) for colour in ("red", "lime", "blue")]
    images[0].info["duration"], images[1].info["duration"] = 120, 0
    assert make_animation(images, tmp_path / "a.gif", jobs=1).seconds == 0.26
    assert make_animation(iter(images), tmp_path / "b.gif", jobs=1).seconds == 0.26
    assert make_animation(images, tmp_path / "c.gif", delay=10, jobs=1).seconds == 0.3


TURNED = np.array([[[255, 0, 0], [0, 255, 0]]], np.uint8)


@pytest.mark.parametrize("alone", [False, True])
def test_images_in_memory_come_upright(tmp_path, alone):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(TURNED).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as pillow, wand.image.Image.from_array(TURNED) as turned:
        turned.orientation = "right_top"
        for image in (pillow, turned):
            (frame,) = read_all(open_source(image if alone else [image]))
            assert frame.tolist() == [[[255, 0, 0]], [[0, 255, 0]]]


def test_images_in_memory_come_in_srgb(tmp_path):
    image = Image.new("RGB", (2, 2), (255, 0, 0))
    image.save(tmp_path / "a.png", icc_profile=swapped_profile())
    with Image.open(tmp_path / "a.png") as pillow, wand.image.Image(filename=str(tmp_path / "a.png")) as other:
        for image in (pillow, other):
            (frame,) = read_all(open_source(image))
            assert frame[0, 0, 1] > 250 and frame[0, 0, 0] < 60


# -- together ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lazy", [False, True])
def test_frames_of_every_kind_may_be_mixed(tmp_path, frames, lazy):
    Image.fromarray(frames[0]).save(tmp_path / "0.png")
    with wand.image.Image.from_array(frames[3]) as image:
        mixed = [tmp_path / "0.png", frames[1], Image.fromarray(frames[2]), image, frames[4].astype(np.float32)]
        make_animation(iter(mixed) if lazy else mixed, tmp_path / "a.png", jobs=1)
    assert (np.array(decoded(tmp_path / "a.png")) == frames[:5]).all()


@pytest.mark.parametrize("lazy", [False, True])
def test_a_frame_of_another_size_is_refused_or_fitted(frames, lazy):
    def given():
        return (
            iter([frames[0], Image.new("RGB", (9, 9), "red")]) if lazy else [frames[0], Image.new("RGB", (9, 9), "red")]
        )

    with pytest.raises(AnimationError, match="frame 1: 9x9, but the frames before are 40x30; set fit"):
        open_source(given()).read(1)
    assert open_source(given(), fit=True).read(1).shape == (30, 40, 3)


def test_a_missing_path_in_a_list_is_named(tmp_path, frames):
    with pytest.raises(AnimationError, match=r"none\.png: No such file"):
        make_animation([frames[0], tmp_path / "none.png"], tmp_path / "a.gif", jobs=1)
    assert not (tmp_path / "a.gif").exists()


def test_a_contact_sheet_takes_a_generator(tmp_path, frames):
    assert contact_sheet(iter(frames), tmp_path / "a.png") == list(range(8))
    contact_sheet(frames, tmp_path / "b.png")
    assert (np.asarray(Image.open(tmp_path / "a.png")) == np.asarray(Image.open(tmp_path / "b.png"))).all()


def test_a_colour_and_a_size_may_be_text(tmp_path, frames):
    clear = [np.dstack([frame, np.full(frame.shape[:2], 99, np.uint8)]) for frame in frames]
    make_animation(clear, tmp_path / "a.gif", matte=(255, 128, 0), max_size=90_000, jobs=1)
    make_animation(clear, tmp_path / "b.gif", matte="#ff8000", max_size="90kB", jobs=1)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


@pytest.mark.parametrize("bad", ["nocolour", (1, 2), (1, 2, 300)])
def test_a_wrong_colour_is_named(tmp_path, frames, bad):
    with pytest.raises(AnimationError, match="a colour"):
        make_animation(frames, tmp_path / "a.gif", matte=bad)


def levels(path):
    return [int(frame[0, 0, 0]) for frame in decoded(path)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_one_array_drawn_anew_for_each_frame_gives_every_frame(tmp_path, jobs):
    frame = np.zeros((5, 6, 3), np.uint8)

    def drawn():
        for level in range(0, 250, 50):
            frame[:] = level
            yield frame

    make_animation(drawn(), tmp_path / "a.gif", jobs=jobs)
    assert levels(tmp_path / "a.gif") == [0, 50, 100, 150, 200]


@pytest.mark.parametrize("jobs", [1, 2])
def test_none_among_the_frames_is_an_error(tmp_path, jobs):
    good = np.zeros((5, 6, 3), np.uint8)
    for frames in ([good, None, good], iter([good, None, good])):
        with pytest.raises(AnimationError, match="frame 1: NoneType is no picture"):
            make_animation(frames, tmp_path / "a.gif", jobs=jobs)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("frames", [None, 3, b"frames"])
def test_what_holds_no_frames_is_an_error(tmp_path, frames):
    with pytest.raises(AnimationError, match=f"{type(frames).__name__}: no source of frames"):
        make_animation(frames, tmp_path / "a.gif")


@pytest.mark.parametrize(
    "option",
    [
        {"plays": "3"},
        {"first": 0.5},
        {"every": None},
        {"reverse": "no"},
        {"colours": "8"},
        {"colours": 8.5},
        {"dither": None},
        {"matte": 3},
        {"matte": ["a", 1, 2]},
        {"lossy": [1]},
        {"max_size": [1]},
        {"format": 3},
        {"jobs": "2"},
        {"durations": 3},
    ],
    ids=str,
)
def test_a_value_of_another_kind_is_one_clear_error(tmp_path, option):
    frames = [np.zeros((5, 6, 3), np.uint8)] * 3
    ((name, value),) = option.items()
    with pytest.raises(AnimationError) as caught:
        make_animation(frames, tmp_path / "a.gif", **option)
    assert repr(value) in str(caught.value) and (name in str(caught.value) or name == "matte")
    assert not list(tmp_path.iterdir())
