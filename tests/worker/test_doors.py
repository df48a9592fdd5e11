"""The worker and the command line are two doors to one job: what goes in equal comes out equal."""

import numpy as np
import pytest
from PIL import Image

from dreamcore.cli import main
from dreamcore.worker.engine import Engine

from .serving import picture, serve

VALUES = {"model": "small", "layer": "join", "frames": 3, "iterations": 2, "octaves": 2, "seed": 5}


def worker_frames(rgb, alpha=None, mask=None, **asked):
    """Dream through the worker; return the frames' RGBA pixels."""
    height, width = rgb.shape[:2]
    rgba = np.dstack([rgb, np.full((height, width), 255, "u1") if alpha is None else alpha])
    pictures, data = [picture(rgba)], rgba.tobytes()
    if mask is not None:
        pictures.append(picture(mask[..., None], "Y u8", "mask"))
        data += mask.tobytes()
    frames = {}
    for message, strip in serve(Engine(), ({"do": "dream", "id": 1, "pictures": pictures, **asked}, data)):
        assert message["say"] != "error", message
        if message["say"] == "strip":
            frames.setdefault(message["number"], bytearray()).extend(strip)
    return [np.frombuffer(each, "u1").reshape(height, width, 4) for each in frames.values()]


def command_frames(folder, *options):
    words = [f"--{name.replace('_', '-')}={value}" for name, value in VALUES.items()]
    assert main(["frames", "in.png", folder, "--quiet", *words, *options]) == 0
    return [np.asarray(Image.open(f"{folder}/{number:04d}.png")) for number in range(VALUES["frames"])]


@pytest.mark.parametrize("transform", ["zoom(0.1)", "roll(columns, shift=3)", "invert"])
def test_a_mask_gives_the_frames_of_the_command_line(desk, transform):
    rgb = np.asarray(Image.open("in.png"))
    rows, columns = np.mgrid[: rgb.shape[0], : rgb.shape[1]]
    mask = np.clip(600 - 5 * ((rows - 12) ** 2 + (columns - 11) ** 2), 0, 255).astype("u1")  # a round, soft selection
    Image.fromarray(mask).save("mask.png")
    expected = command_frames("d", "--mask=mask.png", f"--transform={transform}")
    frames = worker_frames(rgb, mask=mask, parameters={**VALUES, "transform": transform})
    for frame, other in zip(frames, expected, strict=True):
        np.testing.assert_array_equal(frame[..., :3], other)
    outside = mask == 0
    np.testing.assert_array_equal(frames[0][outside, :3], rgb[outside])


def test_alpha_and_texts_give_the_frames_of_the_command_line(desk):
    rgb = np.asarray(Image.open("in.png"))
    alpha = np.arange(rgb[..., 0].size).reshape(rgb.shape[:2]).astype("u1")
    Image.fromarray(np.dstack([rgb, alpha])).save("in.png")
    asked = {**VALUES, "layer": "0.5*join - conv1", "iterations": "0:1, 2:3", "strength": "0.5"}
    options = [f"--{name}={asked[name]}" for name in ("layer", "iterations", "strength")]
    expected = command_frames("d", *options)
    for frame, other in zip(worker_frames(rgb, alpha, parameters=asked), expected, strict=True):
        np.testing.assert_array_equal(frame, other)


def test_a_recipe_gives_the_frames_of_the_command_line(desk):
    (desk / "mine.toml").write_text('frames = 3\ntransform = "zoom(0.2)"\nguide = "first"\n[dream]\nlayer = "join"\n')
    given = {name: VALUES[name] for name in ("model", "iterations", "octaves", "seed")}
    rgb = np.asarray(Image.open("in.png"))
    words = [f"--{name}={value}" for name, value in given.items()]
    assert main(["frames", "in.png", "d", "--quiet", "--recipe=mine.toml", *words]) == 0
    expected = [np.asarray(Image.open(f"d/{number:04d}.png")) for number in range(3)]
    for frame, other in zip(worker_frames(rgb, recipe="mine.toml", parameters=given), expected, strict=True):
        np.testing.assert_array_equal(frame[..., :3], other)
