"""Existing animations as sources: GIF with partial frames, animated WebP, APNG, video."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from tests.wand_tools.conftest import by_imagemagick, decoded, picture_frames
from wand_tools import gif_blocks, magick, make_animation
from wand_tools.errors import AnimationError
from wand_tools.gif_blocks import Block
from wand_tools.sources.opening import open_source

TABLE = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [0, 0, 0]], np.uint8)


def block(colour, left, top, width, height, **options):
    data = magick.compress(np.full((height, width), colour, np.uint8), TABLE)
    return Block(left, top, width, height, None, data, **options)


def gif(path, *blocks, size=(6, 5), plays=0):
    path.write_bytes(
        gif_blocks.header(*size, TABLE.tobytes(), plays)
        + b"".join(map(gif_blocks.frame_bytes, blocks))
        + gif_blocks.TRAILER
    )
    return path


def frames_of(path):
    source = open_source(path)
    return [source.read(number) for number in range(source.count)]


@pytest.mark.parametrize("disposal", range(4))
def test_every_disposal_is_drawn_as_others_draw_it(tmp_path, disposal):
    path = gif(
        tmp_path / "a.gif",
        block(0, 0, 0, 6, 5, disposal=1),
        block(1, 1, 1, 3, 2, disposal=disposal),
        block(2, 2, 2, 3, 3, disposal=disposal),
        block(3, 0, 0, 1, 1),
    )
    ours = frames_of(path)
    for got, other in zip(ours, by_imagemagick(path, (6, 5), "rgba"), strict=True):
        got = np.dstack([got, np.full(got.shape[:2], 255)]) if got.shape[2] == 3 else got
        assert (got[..., 3] == other[..., 3]).all()
        assert (got[got[..., 3] > 0] == other[other[..., 3] > 0]).all()


def test_a_partial_first_frame_leaves_the_rest_transparent(tmp_path):
    first = frames_of(gif(tmp_path / "a.gif", block(0, 2, 1, 2, 2)))[0]
    assert first.shape == (5, 6, 4)
    assert first[..., 3].sum() == 4 * 255


def test_a_frame_beyond_the_canvas_is_cut(tmp_path):
    frame = frames_of(gif(tmp_path / "a.gif", block(0, 0, 0, 6, 5), block(1, 4, 3, 9, 9)))[1]
    assert (frame[3:, 4:] == (0, 255, 0)).all()
    assert (frame[:3] == (255, 0, 0)).all()


def test_transparent_pixels_keep_what_was_there(tmp_path):
    path = gif(tmp_path / "a.gif", block(0, 0, 0, 6, 5), block(1, 1, 1, 3, 2, transparent=1))
    assert (frames_of(path)[1] == (255, 0, 0)).all()


def test_interlaced_and_one_pixel_gifs(tmp_path):
    picture = Image.fromarray(picture_frames(1)[0]).quantize(16)
    picture.save(tmp_path / "a.gif", interlace=1)
    assert (frames_of(tmp_path / "a.gif")[0] == np.asarray(picture.convert("RGB"))).all()
    path = gif(tmp_path / "b.gif", block(2, 0, 0, 1, 1), size=(1, 1))
    assert frames_of(path)[0].tolist() == [[[0, 0, 255]]]


def test_times_and_loop_are_read(tmp_path):
    source = open_source(gif(tmp_path / "a.gif", block(0, 0, 0, 6, 5, delay=9), block(1, 0, 0, 1, 1, delay=1), plays=3))
    assert source.durations == [Fraction(9, 100), Fraction(1, 100)]
    assert source.plays == 3


def test_a_cut_gif_is_refused_before_anything_is_written(tmp_path):
    path = gif(tmp_path / "a.gif", block(0, 0, 0, 6, 5), block(1, 0, 0, 6, 5))
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(AnimationError, match=r"a\.gif: the GIF is cut off after 1 whole frames"):
        make_animation(path, tmp_path / "out.gif")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.gif"]


def test_a_gif_without_frames_is_refused(tmp_path):
    with pytest.raises(AnimationError, match="no frame"):
        open_source(gif(tmp_path / "a.gif"))


@pytest.mark.parametrize(("suffix", "mean"), [("webp", 6), ("png", 0)])
def test_webp_and_apng_of_others_are_read(tmp_path, suffix, mean):
    frames = picture_frames(5)
    images = [Image.fromarray(frame) for frame in frames]
    path = tmp_path / f"a.{suffix}"
    images[0].save(
        path,
        save_all=True,
        append_images=images[1:],
        duration=[50, 60, 70, 80, 90],
        loop=4,
        **({"quality": 95} if suffix == "webp" else {}),
    )
    source = open_source(path)
    assert source.durations == [Fraction(n, 1000) for n in (50, 60, 70, 80, 90)]
    assert source.plays == 4
    assert source.size == (40, 30)
    for number, frame in enumerate(frames):
        assert np.abs(source.read(number).astype(int) - frame).mean() <= mean


@pytest.mark.parametrize("suffix", ["webp", "png"])
def test_a_still_picture_is_one_frame(tmp_path, suffix):
    Image.fromarray(picture_frames(1)[0]).save(tmp_path / f"a.{suffix}")
    assert open_source(tmp_path / f"a.{suffix}").count == 1


@pytest.mark.parametrize("suffix", ["webp", "png"])
def test_a_cut_animation_is_one_clear_error(tmp_path, suffix):
    images = [Image.fromarray(frame) for frame in picture_frames(5)]
    path = tmp_path / f"a.{suffix}"
    images[0].save(path, save_all=True, append_images=images[1:])
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(AnimationError, match="cut off"):
        make_animation(path, tmp_path / "out.gif")
    assert not (tmp_path / "out.gif").exists()


def test_an_apng_whose_still_picture_is_no_frame(tmp_path):
    images = [Image.fromarray(frame) for frame in picture_frames(3)]
    images[0].save(tmp_path / "a.png", save_all=True, append_images=images[1:], default_image=True, duration=100)
    source = open_source(tmp_path / "a.png")
    assert source.count == 2
    assert (source.read(0) == np.asarray(images[1])).all()


@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_video_there_and_back(tmp_path, suffix):
    pytest.importorskip("av", reason="PyAV, the video extra, is not installed")
    frames = picture_frames(9, 41, 30)  # an odd side
    path = tmp_path / f"a.{suffix}"
    made = make_animation(iter(frames), path, delay=7, quality="best", jobs=1)
    assert made.frames == 9
    source = open_source(path)
    assert source.size == (42, 30)
    assert source.count == 9
    assert all(abs(duration - Fraction(7, 100)) <= Fraction(1, 1000) for duration in source.durations[:-1])
    for number, frame in enumerate(frames):
        assert np.abs(source.read(number)[:, :41].astype(int) - frame).mean() < 12


def test_a_playlist_is_no_video(tmp_path):
    pytest.importorskip("av", reason="PyAV, the video extra, is not installed")
    path = tmp_path / "a.mp4"
    path.write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    with pytest.raises(AnimationError, match="PyAV cannot read it"):
        open_source(path)


def test_gif_sources_keep_their_pixels(tmp_path):
    images = [Image.fromarray(frame).quantize(256) for frame in picture_frames(4)]
    images[0].save(tmp_path / "a.gif", save_all=True, append_images=images[1:], duration=110, loop=0)
    make_animation(tmp_path / "a.gif", tmp_path / "b.gif")
    assert (np.array(decoded(tmp_path / "a.gif")) == decoded(tmp_path / "b.gif")).all()


def test_a_damaged_video_is_no_want_of_memory(tmp_path, monkeypatch):
    av = pytest.importorskip("av", reason="PyAV, the video extra, is not installed")
    make_animation(list(np.zeros((2, 16, 24, 3), np.uint8)), tmp_path / "a.mp4", jobs=1)

    def damaged(self, stream):
        raise av.error.MemoryError(12, "Cannot allocate memory")  # as the library says of some damaged numbers

    monkeypatch.setattr("wand_tools.sources.video.Video._opened", lambda self: Container(av.open(self.path), damaged))
    with pytest.raises(AnimationError, match="a.mp4: the video is broken"):
        open_source(tmp_path / "a.mp4")


class Container:
    """A container whose packets cannot be read."""

    def __init__(self, opened, demux):
        self.streams, self.opened, self.demux = opened.streams, opened, lambda stream: demux(self, stream)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.opened.close()
