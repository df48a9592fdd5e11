"""What Caffe's files say of a picture's colours."""

import numpy as np
import pytest

from dreamcore.caffe_format import message_class, read_mean, read_network
from dreamcore.caffe_format.colours import mean_of
from dreamcore.errors import DreamError
from tests.network.small import PROTOTXT, write_model

INPUT = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 12 dim: 14 } } }'


def transformation(folder, data):
    """What a network says whose layer of data is this one."""
    files = write_model(folder)
    files[0].write_text(PROTOTXT.replace(INPUT, data))
    return read_network(*files).transformation


def binaryproto(path, values, **shape):
    blob = message_class("BlobProto")(data=[np.asarray(values, "<f4").tobytes()], **shape)
    path.write_bytes(blob.SerializeToString())
    return path


def test_a_layer_of_data_gives_mean_and_scale(tmp_path):
    data = """layer { name: "d" type: "Data" top: "data" top: "label"
        transform_param { crop_size: 20 mean_value: 103.5 mean_value: 116 mean_value: 123 scale: 0.017 } }"""
    said = transformation(tmp_path, data)
    assert said.mean == (103.5, 116.0, 123.0)
    assert said.scale == 0.017  # as it is written, not as it is rounded to 32 bits
    assert read_network(tmp_path / "deploy.prototxt", tmp_path / "small.caffemodel").input_shape == (1, 3, 20, 20)


def test_the_layer_of_the_phase_test_comes_before_that_of_training(tmp_path):
    layer = (
        'layer {{ name: "d" type: "ImageData" top: "data" include {{ phase: {} }} transform_param {{ scale: {} }} }}'
    )
    assert transformation(tmp_path, layer.format("TRAIN", 2) + layer.format("TEST", 4)).scale == 4


def test_a_layer_for_training_alone_tells_what_an_input_does_not(tmp_path):
    train = 'layer { type: "Data" top: "data" include { phase: TRAIN } transform_param { mean_value: 9 } }'
    assert transformation(tmp_path, train + INPUT).mean == (9.0,)


def test_the_parameters_of_caffes_first_years_say_the_same(tmp_path):
    (tmp_path / "m.binaryproto").touch()
    newer = 'layer { type: "Data" top: "data" data_param { source: "x" scale: 0.5 mean_file: "m.binaryproto" } }'
    said = transformation(tmp_path, newer)
    assert (said.scale, said.mean_file) == (0.5, tmp_path / "m.binaryproto")


def test_the_oldest_layers_say_the_same(tmp_path):
    (tmp_path / "m.binaryproto").touch()
    text = """layers { layer { name: "d" type: "data" meanfile: "m.binaryproto" scale: 0.25 cropsize: 9 } top: "data" }
        layers { layer { name: "c" type: "conv" num_output: 1 kernelsize: 1 } bottom: "data" top: "c" }"""
    files = write_model(tmp_path)
    files[0].write_text(text)
    net = read_network(*files)
    assert (net.transformation.scale, net.transformation.mean_file) == (0.25, tmp_path / "m.binaryproto")
    assert net.input_shape == (1, 3, 9, 9)


def test_a_mean_file_is_looked_for_beside_the_prototxt_alone(tmp_path, monkeypatch):
    elsewhere, folder = tmp_path / "here", tmp_path / "net"
    elsewhere.mkdir()
    (elsewhere / "mean.binaryproto").touch()
    monkeypatch.chdir(elsewhere)
    data = 'layer { type: "Data" top: "data" transform_param { mean_file: "data/ilsvrc/mean.binaryproto" } }'
    assert transformation(folder, data).missing == "data/ilsvrc/mean.binaryproto"
    (folder / "mean.binaryproto").touch()
    assert transformation(folder, data).mean_file == folder / "mean.binaryproto"


def test_a_network_without_a_layer_of_data_says_nothing(tmp_path):
    said = transformation(tmp_path, INPUT)
    assert (said.mean, said.mean_file, said.scale) == ((), None, None)


def test_a_binaryproto_is_a_mean_for_each_channel(tmp_path):
    picture = [[[1, 3], [5, 7]], [[10, 10], [10, 10]], [[0, 0], [0, 8]]]
    old = binaryproto(tmp_path / "old", picture, num=1, channels=3, height=2, width=2)
    assert read_mean(old) == (4, 10, 2)
    shape = message_class("BlobShape")(dim=[3, 2, 2])
    assert read_mean(binaryproto(tmp_path / "new", picture, shape=shape)) == (4, 10, 2)


@pytest.mark.parametrize("shape", [(3,), (3, 2, 5), (1, 3, 2, 5)])
def test_a_npy_is_a_mean_for_each_channel(tmp_path, shape):
    values = np.broadcast_to(np.array([7, 8, 9]).reshape((3,) if len(shape) == 1 else (3, 1, 1)), shape)
    np.save(tmp_path / "mean.npy", values)
    assert read_mean(tmp_path / "mean.npy") == (7, 8, 9)


def announce(path):
    """A .npy that announces a terabyte."""
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 300000, 300000), }".ljust(117) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("mean.npy", b"text", "is not a .npy of numbers"),
        ("mean.npy", b"\x93NUMPY\x01\x00\x09\x00{'descr\0'{", "is not a .npy of numbers"),
        ("mean.npy", announce, "is not a .npy of numbers"),
        ("mean.npy", lambda path: np.save(path, np.zeros((3, 2))), r"this is float64 of shape \(3, 2\)"),
        ("mean.npy", lambda path: np.save(path, np.array([1, np.nan, 2])), "not finite"),
        ("mean.npy", lambda path: np.save(path, np.array(["x"])), "a mean is a number for each channel"),
        ("mean.npy", lambda path: np.save(path, np.array([{}]), allow_pickle=True), "is not a .npy of numbers"),
        ("mean.binaryproto", b"<html>", "is no binaryproto of Caffe's|holds no mean"),
        ("mean.binaryproto", b"", "holds no mean of a picture: 0 numbers for 0 channels"),
        ("mean.binaryproto", lambda path: binaryproto(path, [1, 2, 3, 4], channels=3), "4 numbers for 3 channels"),
        ("mean.binaryproto", lambda path: None, "cannot read .*: No such file"),
        ("mean.binaryproto", lambda path: path.mkdir(), "cannot read .*: Is a directory"),
    ],
)
def test_a_file_that_holds_no_mean_is_one_line(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content) if isinstance(content, bytes) else content(path)
    with pytest.raises(DreamError, match=message):
        read_mean(path)


@pytest.mark.parametrize("value", [[[1, 2], [3]], "text", None, [], [1j]])
def test_what_is_no_mean_is_one_line(value):
    with pytest.raises(DreamError, match="a mean is a number for each channel, or a picture"):
        mean_of(value)
