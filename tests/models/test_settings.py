"""Where a model's mean, scale, order and roles come from, and what a model.toml may say."""

import json
import os

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from dreamcore.cli import cli
from dreamcore.errors import DreamError
from dreamcore.models import check, finding, load_network
from dreamcore.models.hashing import file_hash
from dreamcore.models.known import KNOWN, File, Model
from tests.caffe_format.test_colours import INPUT, binaryproto
from tests.network.small import PROTOTXT, write_model

DATA = """layer { type: "Data" top: "data" transform_param {
    crop_size: 14 mean_value: 1 mean_value: 2 mean_value: 3 scale: 0.5 } }"""
TRAINED = PROTOTXT.replace(INPUT, DATA)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DREAMCORE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(finding, "user_folder", lambda: tmp_path / "none")
    write_model(tmp_path / "models/net")
    return tmp_path / "models/net"


def colours(model="net", **said):
    found = load_network(model, device="cpu", **said).colours
    return [*found.mean], found.scale, found.order


def write_toml(folder, text):
    (folder / "model.toml").write_text(text)


def test_without_a_word_it_is_imagenets_mean(folder):
    assert colours() == ([104, 117, 123], 1, "bgr")


def test_what_is_said_comes_before_the_file_the_table_and_the_prototxt(folder, monkeypatch):
    (folder / "deploy.prototxt").write_text(TRAINED)
    assert colours() == ([1, 2, 3], 0.5, "bgr")
    monkeypatch.setitem(KNOWN, "net", Model("Net", "", "", mean=(4, 5, 6), scale=0.25, order="rgb"))
    assert colours() == ([4, 5, 6], 0.25, "rgb")
    write_toml(folder, "mean = [7, 8, 9]\nscale = 0.125")
    assert colours() == ([7, 8, 9], 0.125, "rgb")
    assert colours(mean="10,11,12", channels="bgr") == ([10, 11, 12], 0.125, "bgr")
    assert colours(scale=2) == ([7, 8, 9], 2, "rgb")


def test_a_known_model_is_known_by_its_weights_whatever_its_folder_is_called(folder, monkeypatch):
    file = File("w.caffemodel", "http://nowhere", f"sha256:{file_hash(folder / 'small.caffemodel')}")
    known = Model("Seen", "", "", mean=(4, 5, 6), scale=0.25, order="rgb", roles={"parts": "norm"}, files=(file,))
    monkeypatch.setitem(KNOWN, "seen", known)
    assert colours() == ([4, 5, 6], 0.25, "rgb")
    assert load_network("net", device="cpu").roles["parts"] == "norm"
    assert check("net").published is True


def test_a_layer_that_scales_and_takes_nothing_off_has_a_mean_of_0(folder):
    scaled = 'layer { type: "Data" top: "data" transform_param { scale: 0.00390625 } }'
    (folder / "deploy.prototxt").write_text(PROTOTXT.replace(INPUT, scaled))
    assert colours() == ([0, 0, 0], 1 / 256, "bgr")


def test_a_mean_file_beside_the_prototxt_is_read(folder):
    data = 'layer { type: "Data" top: "data" transform_param { mean_file: "/home/x/m.binaryproto" } }'
    (folder / "deploy.prototxt").write_text(PROTOTXT.replace(INPUT, data))
    with pytest.warns(UserWarning, match="takes the mean of '/home/x/m.binaryproto', which is not beside it; taken is"):
        assert colours() == ([104, 117, 123], 1, "bgr")
    binaryproto(folder / "m.binaryproto", np.full((3, 2, 2), 9), channels=3, height=2, width=2)
    assert colours() == ([9, 9, 9], 1, "bgr")


@pytest.mark.parametrize(
    ("param", "message"),
    [
        (
            'mean_value: 1 mean_file: "m"',
            "deploy.prototxt: a layer gives both mean_value and mean_file; Caffe takes one",
        ),
        (
            "mean_value: 1 mean_value: 2",
            "deploy.prototxt: the mean has 2 numbers; a network of 3",
        ),
        ("mean_value: nan", "deploy.prototxt: the mean is nan, nan, nan"),
        ("scale: 0", "deploy.prototxt: the scale is 0; allowed is"),
        ('mean_file: "broken.binaryproto"', "broken.binaryproto is no binaryproto|broken.binaryproto holds no mean"),
    ],
)
def test_a_prototxt_that_is_wrong_says_where_and_can_be_overruled(folder, param, message):
    data = f'layer {{ type: "Data" top: "data" transform_param {{ {param} }} }}'
    (folder / "deploy.prototxt").write_text(PROTOTXT.replace(INPUT, data))
    (folder / "broken.binaryproto").write_bytes(b"<html>")
    with pytest.raises(DreamError, match=message):
        load_network("net", device="cpu")
    assert colours(mean=5, scale=1) == ([5, 5, 5], 1, "bgr")


@pytest.mark.parametrize("spelling", ["30, 31,32", [30, 31, 32], np.array([30, 31, 32]), (30.0, 31.0, 32.0)])
def test_python_takes_a_mean_in_every_spelling(folder, spelling):
    assert colours(mean=spelling)[0] == [30, 31, 32]


def test_a_mean_may_be_a_file(folder, tmp_path):
    np.save(tmp_path / "m.npy", np.full((3, 4, 4), 11))
    assert colours(mean=tmp_path / "m.npy")[0] == colours(mean=str(tmp_path / "m.npy"))[0] == [11, 11, 11]
    assert colours(mean=np.full((3, 4, 4), 12))[0] == [12, 12, 12]
    (folder / "model.toml").write_text('mean = "own.npy"')
    np.save(folder / "own.npy", [1, 2, 3])
    assert colours()[0] == [1, 2, 3]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"mean": "a,b,c"}, "the mean 'a,b,c' is neither numbers, such as 104,117,123, nor a file"),
        ({"mean": "nowhere.npy"}, "the mean 'nowhere.npy' is neither"),
        ({"mean": "x" * 300}, "the mean 'xxx.*' is neither"),
        ({"mean": "a\0b"}, "is neither numbers"),
        ({"mean": "1,2"}, "the mean has 2 numbers; a network of 3 channels takes 1 or 3 numbers"),
        ({"mean": "nan,1,2"}, "each number of it is from 0 to 255"),
        ({"mean": [[1, 2], [3]]}, "a mean is a number for each channel"),
        ({"scale": "much"}, "the scale is 'much'; wanted is a number such as 0.017"),
        ({"scale": True}, "the scale is True"),
        ({"scale": "nan"}, "the scale is nan; allowed is"),
        ({"channels": "rbg"}, r"""no channels 'rbg' \(did you mean "rgb"\?\); allowed: bgr, rgb"""),
    ],
)
def test_what_is_said_wrongly_is_one_line(folder, said, message):
    with pytest.raises(DreamError, match=message) as error:
        load_network("net", device="cpu", **said)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "maen = 3",
            r"""model.toml: no key "maen" \(did you mean "mean"\?\); allowed: mean, scale, order, roles, source""",
        ),
        ("mean = ", "model.toml: not a TOML file"),
        ("mean = true", "model.toml: a mean is a number"),
        ("mean = [300, 1, 1]", "model.toml: the mean is 300, 1, 1; each number of it is from 0 to 255"),
        ("scale = [1]", "model.toml: the scale is"),
        ("scale = 0", "model.toml: the scale is 0; allowed is"),
        ("order = 3", "model.toml: order is 3; wanted is text"),
        ('order = "gbr"', "model.toml: no channels 'gbr'"),
        ('roles = "norm"', "model.toml: roles is a table"),
        ('[roles]\ntextuers = "norm"', r"""no key "roles.textuers" \(did you mean "textures"\?\)"""),
        ('[roles]\nparts = "nrom"', """net has no layer 'nrom' .did you mean "norm".*"""),
        ("a = " + "[" * 5000, "model.toml: not a TOML file"),
    ],
)
def test_a_model_toml_that_is_wrong_says_where(folder, text, message):
    write_toml(folder, text)
    with pytest.raises(DreamError, match=message):
        load_network("net", device="cpu")


def test_a_model_toml_gives_roles_and_words(folder):
    write_toml(folder, 'source = "a drawer"\nlicence = "mine"\n[roles]\nparts = "norm"')
    assert load_network("net", device="cpu").roles["parts"] == "norm"
    assert "your own, of a drawer; licence: mine" in run("models", "list")


def run(*arguments):
    result = CliRunner().invoke(cli, arguments)
    if result.exception:
        raise result.exception
    return result.output


def test_check_says_what_colours_are_in_force_and_where_they_were_found(folder):
    (folder / "deploy.prototxt").write_text(TRAINED)
    write_toml(folder, 'order = "rgb"')
    output = run("models", "check", "net", "--scale", "0.017")
    assert f"colours       order R, G, B: {folder / 'model.toml'}\n" in output
    assert f"minus mean 1, 2, 3: {folder / 'deploy.prototxt'}\n" in output
    assert "times scale 0.017: as said\n" in output
    assert check("net", mean="9").origins == {
        "mean": "as said",
        "scale": str(folder / "deploy.prototxt"),
        "order": str(folder / "model.toml"),
    }


def test_the_settings_of_frames_hold_the_colours_and_others_are_refused(folder, tmp_path):
    picture, frames = tmp_path / "sky.png", tmp_path / "frames"
    Image.new("RGB", (40, 32), (90, 120, 60)).save(picture)
    few = ["-m", "net", "-l", "norm", "--octaves", "1", "--iterations", "1", "-q"]
    run("frames", str(picture), str(frames), *few, "-n", "1", "--scale", "0.017", "--channels", "rgb")
    settings = json.loads((frames / "sequence.json").read_text())
    assert settings["colours"] == {"mean": [104, 117, 123], "scale": 0.017, "order": "rgb"}
    with pytest.raises(DreamError, match="was made with another scale: 0.017, now 1.0"):
        run("frames", str(picture), str(frames), *few, "-n", "2", "--resume", "--channels", "rgb")
    run("frames", str(picture), str(frames), *few, "-n", "2", "--resume", "--channels", "rgb", "--scale", ".017")
    assert (frames / "0001.png").exists()


def test_frames_of_another_architecture_are_not_continued(folder, tmp_path):
    picture, frames = tmp_path / "grey.png", tmp_path / "frames"
    Image.new("RGB", (40, 32), (90, 120, 60)).save(picture)
    command = [
        "frames",
        str(picture),
        str(frames),
        "-m",
        "net",
        "-l",
        "norm",
        "--octaves",
        "1",
        "--iterations",
        "1",
        "-q",
    ]
    run(*command, "-n", "1")
    (folder / "other.prototxt").write_text(PROTOTXT.replace("alpha: 0.01", "alpha: 0.5"))
    with pytest.raises(DreamError, match="was made with another architecture"):
        run(*command, "-n", "2", "--resume", "--prototxt", "other.prototxt")
    settings = json.loads((frames / "sequence.json").read_text())
    del settings["architecture"], settings["colours"]  # as earlier versions noted it
    (frames / "sequence.json").write_text(json.dumps(settings))
    run(*command, "-n", "2", "--resume")
    assert (frames / "0001.png").exists()


def test_every_command_that_loads_a_model_takes_them(folder):
    for command in (["still"], ["frames"], ["animate"], ["layers"], ["models", "check"]):
        text = run(*command, "--help")
        assert all(option in text for option in ("--prototxt", "--mean", "--scale", "--channels"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX")
@pytest.mark.parametrize("name", ["model.toml", "small.caffemodel", "deploy.prototxt"])
def test_a_pipe_in_the_place_of_a_models_file_is_not_waited_for(folder, name):
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    with pytest.raises(DreamError, match=f"cannot read .*{name}: it is no file"):
        load_network("net", device="cpu")
