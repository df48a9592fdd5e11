"""Images of Pillow and Wand stand wherever Python takes an array for a picture."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from PIL import Image

import dreamcore
from dreamcore.pictures import as_picture, read_mask
from dreamcore.transforms import invert

wand = pytest.importorskip("wand.image", reason="the ImageMagick library is not installed", exc_type=ImportError)
PIXELS = np.random.default_rng(2).integers(0, 256, (24, 32, 4), np.uint8)
QUICK = {"layer": "join", "iterations": 1, "octaves": 1, "seed": 1}


@pytest.fixture(params=["pillow", "wand"])
def image_of(request):
    return Image.fromarray if request.param == "pillow" else wand.Image.from_array


@pytest.mark.parametrize("channels", [3, 4])
def test_an_image_is_a_picture_with_its_alpha(image_of, channels):
    pixels = np.ascontiguousarray(PIXELS[..., :channels])
    assert as_picture(image_of(pixels)) == as_picture(pixels)


def test_an_image_is_dreamed_masked_and_guided_as_its_array_is(image_of, small_network):
    mask = np.zeros((24, 32, 3), np.uint8)
    mask[:, 16:] = 255
    rgb = np.ascontiguousarray(PIXELS[..., :3])
    wanted = dreamcore.dream(rgb, small_network, mask=mask[..., 0] / 255, **QUICK)
    assert np.array_equal(dreamcore.dream(image_of(rgb), small_network, mask=image_of(mask), **QUICK), wanted)
    guides = [dreamcore.guide(each, "join") for each in (image_of(rgb), rgb)]
    one, other = (dreamcore.dream(PIXELS, small_network, objective=each, seed=1, octaves=1) for each in guides)
    assert np.array_equal(one, other)
    jobs = [dreamcore.make_job(each, small_network, guide=each, layer="join") for each in (image_of(rgb), rgb)]
    assert jobs[0] == jobs[1]


def test_an_image_is_transformed_as_its_array_is(image_of):
    rgb = np.ascontiguousarray(PIXELS[..., :3])
    assert np.array_equal(invert()(image_of(rgb)), invert()(rgb))


def test_16_bits_of_a_wand_image_are_kept_and_it_stays_as_it_is():
    with wand.Image.from_array(np.full((2, 3, 3), 32800, np.uint16)) as image:
        before = image.depth, image.colorspace
        assert as_picture(image).rgb[0, 0, 0] == pytest.approx(32800 / 257, abs=1e-4)
        assert (image.depth, image.colorspace) == before


def test_of_a_wand_image_of_several_frames_the_first_is_used_and_that_is_said():
    with wand.Image.from_array(PIXELS) as image, wand.Image.from_array(PIXELS[::-1].copy()) as other:
        image.sequence.append(other)
        with pytest.warns(UserWarning, match="holds 2 frames; the first one is used"):
            assert as_picture(image) == as_picture(PIXELS)


def test_other_kinds_of_images_are_read_as_their_files_are(tmp_path):
    for mode in ("1", "L", "LA", "P", "CMYK", "I;16", "F"):
        image = Image.new(mode, (3, 2))
        if mode in ("L", "P", "CMYK", "I;16"):
            image.save(tmp_path / "a.tif")
            assert as_picture(image) == as_picture(tmp_path / "a.tif")
        assert as_picture(image).size == (3, 2)


def test_a_mask_that_is_an_image_is_scaled_and_black_where_it_is_transparent(image_of):
    mask = np.full((2, 2, 4), 255, np.uint8)
    mask[0, :, 3] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.allclose(read_mask(image_of(mask), (2, 2)), [[0, 0], [1, 1]])


def test_wand_is_not_imported_by_dreams():
    code = "import dreamcore.pictures, numpy as np, sys; dreamcore.pictures.as_picture(np.zeros((2, 2, 3)));"
    code += "print(*[name for name in sys.modules if name.startswith('wand')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"
