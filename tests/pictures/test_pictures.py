"""Pictures come in right, whatever their kind, and go out with what made them."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from dreamcore import DreamError
from dreamcore.hidden import seen_colours
from dreamcore.notes import read_notes
from dreamcore.pictures import as_picture, read_mask, read_picture, to_bytes, write_picture
from dreamcore.scenes import SCENES
from dreamcore.sky import draw_sky


def saved(tmp_path, image, name="picture.png", **options):
    image.save(tmp_path / name, **options)
    return read_picture(tmp_path / name)


def test_rgb_comes_in_as_float32(tmp_path):
    picture = saved(tmp_path, Image.fromarray(np.uint8([[[1, 2, 3], [4, 5, 6]]])))
    assert picture.rgb.dtype == np.float32
    assert picture.rgb.tolist() == [[[1, 2, 3], [4, 5, 6]]]
    assert picture.alpha is None
    assert picture.size == (2, 1)


def test_grey_becomes_three_equal_channels(tmp_path):
    assert saved(tmp_path, Image.fromarray(np.uint8([[7]]))).rgb.tolist() == [[[7, 7, 7]]]


def test_black_and_white_becomes_0_and_255(tmp_path):
    assert saved(tmp_path, Image.new("1", (1, 1), 1)).rgb.tolist() == [[[255, 255, 255]]]


def test_sixteen_bit_grey_keeps_its_range(tmp_path):
    assert saved(tmp_path, Image.fromarray(np.uint16([[0, 257 * 100, 65535]]))).rgb[0, :, 0].tolist() == [0, 100, 255]


def test_a_palette_is_looked_up(tmp_path):
    image = Image.new("P", (1, 1), 1)
    image.putpalette([0, 0, 0, 10, 20, 30])
    assert saved(tmp_path, image).rgb.tolist() == [[[10, 20, 30]]]


def test_a_transparent_palette_entry_is_alpha(tmp_path):
    image = Image.new("P", (2, 1), 0)
    image.putpalette([9, 9, 9, 10, 20, 30])
    image.putpixel((1, 0), 1)
    assert saved(tmp_path, image, transparency=0).alpha.tolist() == [[0, 255]]


def test_alpha_is_set_apart(tmp_path):
    picture = saved(tmp_path, Image.fromarray(np.uint8([[[1, 2, 3, 4]]])))
    assert (picture.rgb.tolist(), picture.alpha.tolist()) == ([[[1, 2, 3]]], [[4]])


def test_grey_with_alpha(tmp_path):
    picture = saved(tmp_path, Image.new("LA", (1, 1), (50, 60)))
    assert (picture.rgb.tolist(), picture.alpha.tolist()) == ([[[50, 50, 50]]], [[60]])


def test_cmyk_becomes_rgb(tmp_path):
    picture = saved(tmp_path, Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "red.jpg", quality=100)
    assert np.abs(picture.rgb[4, 4] - [255, 0, 0]).max() <= 2


def test_exif_orientation_is_applied(tmp_path):
    image = Image.fromarray(np.uint8([[[10, 0, 0], [20, 0, 0]]]))
    exif = image.getexif()
    exif[0x0112] = 6  # the camera was turned: rotate by a quarter
    assert saved(tmp_path, image, exif=exif).rgb[..., 0].tolist() == [[10], [20]]


def test_a_colour_profile_is_converted_to_srgb(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    picture = saved(tmp_path, Image.new("RGB", (1, 1), (10, 20, 30)), icc_profile=profile)
    assert picture.rgb.tolist() == [[[10, 20, 30]]]  # a profile that does not fit the pixels changes nothing
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = saved(tmp_path, Image.new("RGB", (1, 1), (10, 20, 30)), icc_profile=srgb)
    assert np.abs(same.rgb - [10, 20, 30]).max() <= 1


@pytest.mark.parametrize("mode", ["RGBA", "P", "PA"])
def test_alpha_and_palettes_keep_the_colour_profile(tmp_path, mode):
    def wide(image, name):
        return saved(tmp_path, image, name, icc_profile=swapped_profile()).rgb[0, 0]

    image = Image.new("RGB", (8, 8), (200, 40, 90))
    other = (
        image.quantize(4).convert("PA") if mode == "PA" else image.quantize(4) if mode == "P" else image.convert(mode)
    )
    plain, same = wide(image, "a.png"), wide(other, "b.tif" if mode == "PA" else "b.png")
    assert plain[1] > plain[0] and np.abs(plain - same).max() <= 3


def swapped_profile():
    """Make sRGB with the primaries of red and green exchanged."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = data.index(b"rXYZ"), data.index(b"gXYZ")
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data)


@pytest.mark.parametrize(("scale", "right"), [(1, [0, 51, 255, 255]), (255, [0, 51, 255, 255])])
def test_float_pictures_mean_0_to_1_unless_they_are_far_beyond(tmp_path, scale, right):
    values = np.float32([[0, 0.2, 1, 9], [0.3, 0.3, 0.3, 0.3]]) * scale
    assert saved(tmp_path, Image.fromarray(values), "x.tif").rgb[0, :, 0] == pytest.approx(right)


def test_what_is_no_number_in_a_float_picture_is_black(tmp_path):
    values = np.float32([[np.nan, 0.2, np.inf, -np.inf]])
    with pytest.warns(UserWarning, match="1 pixels of .*x.tif are no numbers"):
        assert saved(tmp_path, Image.fromarray(values), "x.tif").rgb[0, :, 0] == pytest.approx([0, 51, 255, 0])


def test_a_float_picture_without_a_number_is_refused(tmp_path):
    with pytest.raises(DreamError, match="none of its pixels is a number"):
        saved(tmp_path, Image.fromarray(np.full((2, 3), np.nan, np.float32)), "x.tif")


def test_an_animation_says_that_its_first_frame_is_used(tmp_path):
    with pytest.warns(UserWarning, match="holds 3 frames; the first one is used"):
        frames = [Image.new("L", (4, 4), 80 * number) for number in range(3)]
        picture = saved(tmp_path, frames[0], "x.gif", save_all=True, append_images=frames[1:])
    assert picture.rgb.max() == 0


@pytest.mark.parametrize("name", ["x.png", "x.jpg"])
@pytest.mark.parametrize("out", ["out.png", "out.jpg"])
def test_author_rights_and_resolution_are_kept(tmp_path, name, out):
    exif = Image.Exif()
    exif[0x013B], exif[0x8298] = "Zoë".encode(), b"(c) 2026 Z"
    picture = saved(tmp_path, Image.new("RGB", (4, 4)), name, exif=exif, dpi=(300, 150))
    write_picture(tmp_path / out, to_bytes(picture.rgb), origin=picture.origin)
    again = read_picture(tmp_path / out).origin
    assert (again.author, again.rights) == ("Zoë", "(c) 2026 Z")
    assert again.dpi == pytest.approx((300, 150), abs=0.1)


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n cut short"])
def test_what_is_not_a_picture_is_one_clear_error(tmp_path, content):
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(DreamError, match=r"x\.png is not a picture"):
        read_picture(tmp_path / "x.png")


def test_a_truncated_picture_is_one_clear_error(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), "u1")).save(buffer, "PNG")
    (tmp_path / "x.png").write_bytes(buffer.getvalue()[:4000])
    with pytest.raises(DreamError, match=r"cannot read .*x\.png"):
        read_picture(tmp_path / "x.png")


def test_a_missing_picture_is_named(tmp_path):
    with pytest.raises(DreamError, match=r"nowhere\.png: No such file"):
        read_picture(tmp_path / "nowhere.png")


def test_a_mask_is_scaled_to_the_picture_and_to_one(tmp_path):
    Image.fromarray(np.uint8([[0, 255]])).save(tmp_path / "mask.png")
    mask = read_mask(tmp_path / "mask.png", (4, 2))
    assert mask.shape == (2, 4)
    assert mask[0, 0] == 0
    assert mask[0, 3] == 1


def test_a_mask_is_black_where_it_is_transparent(tmp_path):
    Image.fromarray(np.uint8([[[255, 255, 255, 0], [255, 255, 255, 255]]])).save(tmp_path / "m.png")
    assert read_mask(tmp_path / "m.png", (2, 1)).tolist() == [[0, 1]]


def test_bytes_are_rounded_and_clipped():
    assert to_bytes(np.float32([[[-3, 1.5, 2.5]], [[99.6, 255.4, 300]]])).tolist() == [[[0, 2, 2]], [[100, 255, 255]]]


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_notes_come_back(tmp_path, name):
    notes = {"seed": 3, "transform": "zoom(0.05)", "layer": "größer"}
    write_picture(tmp_path / name, np.zeros((4, 4, 3), "u1"), notes)
    assert read_notes(tmp_path / name) == notes


def test_a_picture_without_notes_says_so(tmp_path):
    Image.new("RGB", (1, 1)).save(tmp_path / "x.png")
    with pytest.raises(DreamError, match="carries no parameters"):
        read_notes(tmp_path / "x.png")


@pytest.mark.parametrize("text", ["[" * 100_000, "[1]", "{'seed': 1}", '{"seed": NaN}', '{"seed": ' + "9" * 5000 + "}"])
def test_notes_that_are_no_object_of_json_are_one_clear_error(tmp_path, text):
    chunks = PngInfo()
    chunks.add_itxt("dreamcore", text)
    Image.new("L", (4, 4)).save(tmp_path / "x.png", pnginfo=chunks)
    with pytest.raises(DreamError, match=r"what .*x.png says about itself is damaged"):
        read_notes(tmp_path / "x.png")


def test_notes_are_read_without_the_pixels(tmp_path, monkeypatch):
    write_picture(tmp_path / "x.png", np.zeros((40, 40, 3), np.uint8), {"seed": 1})
    monkeypatch.setenv("DREAMCORE_MAX_DECODED", "1kB")
    assert read_notes(tmp_path / "x.png") == {"seed": 1}


def test_names_that_are_no_text_can_be_noted(tmp_path):
    write_picture(tmp_path / "x.png", np.zeros((4, 4, 3), np.uint8), {"guide": "caf\udce9.jpg"})
    assert read_notes(tmp_path / "x.png") == {"guide": "caf\udce9.jpg"}


def test_a_jpeg_of_a_transparent_picture_is_on_black(tmp_path):
    write_picture(tmp_path / "a.jpg", np.full((8, 8, 4), (200, 200, 200, 0), "u1"))
    assert read_picture(tmp_path / "a.jpg").rgb.max() <= 2


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(DreamError, match=r"ends in '\.bmp'; allowed are \.png, \.jpg, \.jpeg"):
        write_picture(tmp_path / "x.bmp", np.zeros((1, 1, 3), "u1"))


def test_the_sky_is_a_picture_that_its_seed_decides():
    first, again, other = draw_sky(80, 60, 1), draw_sky(80, 60, 1), draw_sky(80, 60, 2)
    assert first.shape == (60, 80, 3)
    assert first.dtype == np.float32
    assert (first.min() >= 0, first.max() <= 255) == (True, True)
    assert np.array_equal(first, again)
    assert np.abs(first - other).mean() > 5


def test_the_sky_is_blue_above_and_light_in_its_clouds():
    drawn = draw_sky(320, 240)
    top = drawn[:40].reshape(-1, 3)
    bluest = top[np.argmax(top[:, 2] - top[:, 0])]
    assert bluest[2] > bluest[0] + 60
    assert drawn.min(2).max() > 200


@pytest.mark.parametrize("draw", SCENES.values(), ids=SCENES)
@pytest.mark.parametrize("size", [(16, 16), (97, 40), (80, 60)])
def test_each_scene_is_a_picture_that_its_seed_decides(draw, size):
    first, again, other = draw(*size, 1), draw(*size, 1), draw(*size, 2)
    assert first.shape == (size[1], size[0], 3) and first.dtype == np.float32
    assert first.min() >= 0 and first.max() <= 255 and first.std() > 15
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_the_city_is_mirrored_in_the_water_darker():
    drawn = SCENES["city"](160, 120)
    assert drawn[84:].mean() < drawn[40:80].mean()


def test_the_command_offers_every_scene():
    from dreamcore.cli.sky import command

    (scene,) = (each for each in command.params if each.name == "scene")
    assert [*scene.type.choices] == [*SCENES]


def test_hidden_colours_become_those_of_their_visible_neighbours():
    rgb = np.full((4, 6, 3), 250, "f4")
    alpha = np.zeros((4, 6), "f4")
    rgb[:, 0], rgb[:, 5] = 10, 90
    alpha[:, 0], alpha[:, 5] = 255, 255
    seen = seen_colours(rgb, alpha)
    assert seen[:, 0].max() == 10 and seen[:, 5].min() == 90
    assert (seen[:, 1].max(), seen[:, 4].min()) == (10, 90)
    assert 10 <= seen[:, 2:4].min() <= seen[:, 2:4].max() <= 90


def test_what_is_hidden_says_nothing_of_a_picture():
    alpha = np.float32([[255, 0, 9, 0, 0]])
    rgb = np.arange(15, dtype="f4").reshape(1, 5, 3)
    other = np.where(alpha[..., None] > 0, rgb, 77).astype("f4")
    assert np.array_equal(seen_colours(rgb, alpha), seen_colours(other, alpha))


def test_what_is_no_number_is_one_pixel_with_the_colour_of_its_neighbours():
    rgb = np.full((5, 5, 3), 40, "f4")
    rgb[2, 2] = [np.nan, 1, np.inf]
    assert seen_colours(rgb, None).tolist() == np.full((5, 5, 3), 40).tolist()
    assert as_picture(rgb).rgb.max() == 40


def test_a_picture_that_is_wholly_seen_or_wholly_hidden_keeps_its_colours():
    rgb = np.arange(12, dtype="f4").reshape(2, 2, 3)
    assert seen_colours(rgb, None) is rgb
    assert np.array_equal(seen_colours(rgb, np.zeros((2, 2), "f4")), rgb)
