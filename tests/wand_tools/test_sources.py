import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.wand_tools.conftest import picture_frames, save_frames
from wand_tools import magick
from wand_tools.errors import AnimationError
from wand_tools.sources.base import Spool
from wand_tools.sources.files import natural
from wand_tools.sources.opening import open_source


def names(source):
    return [Path(path).name for path in source.pictures]


def test_frames_come_in_natural_order(tmp_path):
    save_frames(tmp_path, picture_frames(12), "frame{}.png")
    assert names(open_source(tmp_path)) == [f"frame{n}.png" for n in range(12)]


def test_natural_order_counts_every_number():
    assert natural(["b1", "a10x2", "a2x10", "a2x9", "a02x9"]) == ["a02x9", "a2x9", "a2x10", "a10x2", "b1"]


def test_a_directory_gives_only_pictures(folder):
    (folder / "sequence.json").write_text("{}")
    (folder / ".0.png.part").write_text("half")
    (folder / ".hidden.png").write_text("half")
    assert open_source(folder).count == 8


def test_a_glob(folder):
    assert names(open_source(str(folder / "[1-3].png"))) == ["1.png", "2.png", "3.png"]


def test_a_printf_pattern_takes_only_its_own_names(tmp_path):
    for name in ("f007.png", "f010.png", "f0011.png", "f12.png", "g001.png"):
        save_frames(tmp_path, picture_frames(1), name)
    assert names(open_source(tmp_path / "f%03d.png")) == ["f007.png", "f010.png"]


def test_a_list_keeps_its_order(folder):
    (folder / "list.txt").write_text("# chosen\n3.png\n\n1.png\n3.png\n")
    assert names(open_source(folder / "list.txt")) == ["3.png", "1.png", "3.png"]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda p: p, "no frames in this directory"),
        (lambda p: p / "missing", "no such file"),
        (lambda p: f"{p}/*.png", "no file matches"),
        (lambda p: p / "%04d.png", "no file matches"),
    ],
)
def test_nothing_there_is_one_clear_error(tmp_path, make, told):
    with pytest.raises(AnimationError, match=told):
        open_source(make(tmp_path))


def test_a_frame_of_another_size_is_named(folder):
    Image.new("RGB", (9, 9)).save(folder / "3.png")
    with pytest.raises(AnimationError, match=r"3\.png: 9x9, but the frames before are 40x30; set fit"):
        open_source(folder).read(3)


def test_fit_scales_it(folder):
    Image.new("RGB", (9, 9), "red").save(folder / "3.png")
    frame = open_source(folder, fit=True).read(3)
    assert frame.shape == (30, 40, 3)
    assert (frame == (255, 0, 0)).all()


@pytest.mark.parametrize(
    "spoil",
    [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"push graphic-context\nviewbox 0 0 1 1\n"],
)
@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_broken_frame_is_named(tmp_path, spoil, suffix):
    save_frames(tmp_path, picture_frames(3), "{}." + suffix)
    path = tmp_path / f"1.{suffix}"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(AnimationError, match=rf"1\.{suffix}: "):
        open_source(tmp_path).read(1)


def test_png_frames_are_exact(folder, frames):
    source = open_source(folder)
    assert all((source.read(n) == frames[n]).all() for n in range(8))


def test_grey_palette_and_cmyk_become_rgb(tmp_path):
    colour = Image.fromarray(picture_frames(1)[0])
    colour.convert("L").save(tmp_path / "0.png")
    colour.quantize(8).save(tmp_path / "1.png")
    colour.convert("CMYK").save(tmp_path / "2.jpg", quality=95)
    source = open_source(tmp_path)
    assert (source.read(0) == np.asarray(colour.convert("L"))[..., None]).all()
    assert (source.read(1) == np.asarray(colour.quantize(8).convert("RGB"))).all()
    assert source.read(2).shape == (30, 40, 3)
    assert np.abs(source.read(2).astype(int) - np.asarray(colour)).mean() < 40


def test_sixteen_bits_become_eight(tmp_path):
    deep = np.random.default_rng(0).integers(0, 65536, (5, 6), dtype=np.uint16)
    Image.fromarray(deep).save(tmp_path / "0.tif")
    got = open_source(tmp_path).read(0)
    assert np.abs(got[..., 0] - deep / 257).max() < 1  # ImageMagick 7 cuts where 6 rounds


def test_file_names_mean_nothing_to_imagemagick(tmp_path, frames):
    for name in ("@frames.png", "a[0].png", "b%d.png", "msl:x.png"):
        if os.name == "nt" and ":" in name:
            continue
        save_frames(tmp_path, frames[:1], name)
        assert (open_source(tmp_path / name).read(0) == frames[0]).all()


def test_alpha_is_kept_only_where_there_is_some(tmp_path):
    solid = np.full((4, 4, 4), 255, np.uint8)
    clear = solid.copy()
    clear[0, 0] = 0
    save_frames(tmp_path, [solid, clear])
    source = open_source(tmp_path)
    assert source.read(0).shape == (4, 4, 3)
    assert (source.read(1) == clear).all()


@pytest.mark.parametrize("limit", ["width", "height"])
def test_a_side_above_the_limit_is_explained_before_pixels_are_read(tmp_path, monkeypatch, limit):
    save_frames(tmp_path, picture_frames(1), "{}.jpg")
    monkeypatch.setattr(
        magick, "limits", lambda: {"width": 99, "height": 99, "memory": 1 << 30, "map": 0, "disk": 0} | {limit: 20}
    )
    with pytest.raises(AnimationError, match=rf"0\.jpg: {limit} \d+ is above ImageMagick's limit of 20.*policy\.xml"):
        open_source(tmp_path)


def test_a_frame_larger_than_all_memory_limits_is_explained(monkeypatch):
    monkeypatch.setenv("DREAMCORE_MAX_DECODED", "2GB")
    monkeypatch.setattr(
        magick, "limits", lambda: {"width": 16000, "height": 16000, "memory": 1 << 28, "map": 1 << 29, "disk": 1 << 30}
    )
    with pytest.raises(AnimationError, match=r"needs \d+ MiB in ImageMagick.*policy\.xml"):
        magick.check_size(15999, 15999)


@pytest.mark.parametrize("bad", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((4, 4, 2), np.uint8)])
def test_arrays_of_another_kind_are_refused(bad):
    with pytest.raises(AnimationError, match=r"uint8 \(height, width, 3 or 4\)"):
        open_source([bad])


def test_no_arrays_are_refused():
    with pytest.raises(AnimationError, match="no frames"):
        open_source(iter([]))


def test_a_spool_gives_frames_in_any_order(tmp_path, frames):
    with open(tmp_path / "spool", "w+b") as file:
        spool = Spool(open_source(iter(frames)), file)
    assert spool.count == 8
    for number in (5, 0, 7, 7, 2):
        assert (spool.read(number) == frames[number]).all()


def test_a_folder_called_like_a_pattern_stands_for_itself(tmp_path):
    save_frames(tmp_path / "take[2]", picture_frames(2))
    assert names(open_source(f"{tmp_path}/take[2]/*.png")) == ["0.png", "1.png"]
    save_frames(tmp_path / "take2", picture_frames(3))
    assert len(names(open_source(f"{tmp_path}/take[2]/*.png"))) == 2
    assert len(names(open_source(f"{tmp_path}/take?/*.png"))) == 3


@pytest.mark.parametrize("order", ["utf-16", "utf-16-be"])
def test_a_list_in_utf_16_is_read(folder, order):
    mark = "\ufeff" if order == "utf-16-be" else ""
    (folder / "list.txt").write_bytes(f"{mark}2.png\r\n0.png\r\n".encode(order))
    assert names(open_source(folder / "list.txt")) == ["2.png", "0.png"]
