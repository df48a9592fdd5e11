"""What real files look like: both generations, every spelling of the input, files made for training."""

import struct

import numpy as np
import pytest

from dreamcore.caffe_format import message_class, read_network, read_prototxt, read_weights, write_prototxt
from dreamcore.caffe_format.schema import V1_TYPES
from dreamcore.errors import DreamError
from dreamcore.models import load_network
from tests.network.small import PROTOTXT, parse, picture, small_weights, write_model

NUMBER_OF_TYPE = {name: number for number, name in V1_TYPES.values()}


def old_layer(layer, blobs=()):
    """Turn a layer into the older message, its blobs with four sizes and double numbers."""
    old = message_class("V1LayerParameter")(name=layer.name, type=NUMBER_OF_TYPE[layer.type])
    for field, value in layer.ListFields():
        if field.name in ("bottom", "top"):
            getattr(old, field.name).extend(value)
        elif field.name.endswith("_param"):
            getattr(old, field.name).CopyFrom(value)
    for array in blobs:
        num, channels, height, width = (1,) * (4 - array.ndim) + array.shape
        packed = array.astype("<f8").tobytes()
        old.blobs.add(num=num, channels=channels, height=height, width=width, double_data=[packed])
    return old


def write_old(folder, net, weights):
    """Write a model as the first Caffe did: `input_dim`, `layers` with enum types, blobs with four sizes."""
    given = [layer for layer in net.layer if layer.type != "Input"]
    shape = net.layer[0].input_param.shape[0].dim if net.layer[0].type == "Input" else [*net.input_shape[0].dim]
    old = message_class("NetParameter")(name=net.name, input=["data"], input_dim=shape)
    old.layers.extend(old_layer(layer) for layer in given)
    write_prototxt(folder / "deploy.prototxt", old)
    old.ClearField("layers")
    old.layers.extend(old_layer(layer, weights.get(layer.name, ())) for layer in given)
    (folder / "old.caffemodel").write_bytes(old.SerializeToString())
    return folder / "deploy.prototxt", folder / "old.caffemodel"


def test_weights_come_back_as_they_were_written(tmp_path):
    _, caffemodel = write_model(tmp_path)
    read = read_weights(caffemodel)
    for name, blobs in small_weights().items():
        for blob, written in zip(read[name], blobs, strict=True):
            np.testing.assert_array_equal(blob, written)


def test_the_wire_format_is_the_one_that_caffe_writes(tmp_path):
    """Tags and lengths by hand: NetParameter.layer = 100, LayerParameter.name = 1, blobs = 7, data = 5, shape = 7."""

    def message(field, content):
        return bytes([*varint(field << 3 | 2), *varint(len(content))]) + content

    def varint(number):
        return [number] if number < 128 else [number & 127 | 128, *varint(number >> 7)]

    numbers = message(5, struct.pack("<2f", 1.5, -2.25))
    shape = message(7, message(1, bytes([1, 2])))
    unknown = message(9, b"an unknown field")
    content = message(100, message(1, b"c") + message(2, b"Convolution") + message(7, unknown + numbers + shape))
    (tmp_path / "hand.caffemodel").write_bytes(content)
    (blob,) = read_weights(tmp_path / "hand.caffemodel")["c"]
    np.testing.assert_array_equal(blob, np.float32([[1.5, -2.25]]))


def test_the_old_generation_gives_the_same_network(tmp_path):
    new = read_network(*write_model(tmp_path / "new"))
    (tmp_path / "old").mkdir()
    old = read_network(*write_old(tmp_path / "old", parse(PROTOTXT), small_weights()))
    assert [layer for layer in old.layers] == [layer for layer in new.layers]
    assert (old.input, old.input_shape) == (new.input, new.input_shape)
    data = picture()
    first = load_network(new.source, device="cpu").activations(data, "prob", "join")
    for source in (old.source, (new.source[0], old.source[1]), (old.source[0], new.source[1])):
        second = load_network(source, device="cpu").activations(data, "prob", "join")
        for name in first:
            np.testing.assert_array_equal(first[name], second[name])


def test_googlenet_in_the_old_generation_reads_back_equal(shared, tmp_path):
    folder = shared / "models/bvlc_googlenet"
    new = read_network(folder / "deploy.prototxt", folder / "bvlc_googlenet.caffemodel")
    old = read_network(*write_old(tmp_path, read_prototxt(folder / "deploy.prototxt"), new.weights))
    assert old.layers == new.layers
    assert old.weights.keys() == new.weights.keys()
    for name, blobs in new.weights.items():
        for read, written in zip(old.weights[name], blobs, strict=True):
            assert read.ndim == 4
            np.testing.assert_array_equal(read.reshape(written.shape), written)
    wanted = ("inception_3b/output", "prob")
    data = picture(224, 224)
    first = load_network(new.source, device="cpu").activations(data, *wanted)
    second = load_network(old.source, device="cpu").activations(data, *wanted)
    for name in wanted:
        np.testing.assert_array_equal(first[name], second[name])


LAYER = ' layer { name: "a" type: "ReLU" bottom: "picture" top: "a" }'


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ('input: "picture" input_dim: 1 input_dim: 3 input_dim: 5 input_dim: 7', (1, 3, 5, 7)),
        ('input: "picture" input_shape { dim: 1 dim: 3 dim: 5 dim: 7 }', (1, 3, 5, 7)),
        ('input: "picture"', ()),
        (
            'layer { name: "i" type: "Input" top: "picture" input_param { shape { dim: 1 dim: 3 dim: 5 dim: 7 } } }',
            (1, 3, 5, 7),
        ),
        ('layer { name: "i" type: "Input" top: "picture" }', ()),
        ('layer { name: "i" type: "Data" top: "picture" top: "label" data_param { source: "db" } }', ()),
        ('layer { name: "i" type: "MemoryData" top: "picture" top: "label" }', ()),
    ],
)
def test_every_spelling_of_the_input(tmp_path, text, shape):
    prototxt, caffemodel = write_model(tmp_path)
    prototxt.write_text(text + LAYER)
    net = read_network(prototxt, caffemodel)
    assert (net.input, net.input_shape) == ("picture", shape)
    assert [layer.name for layer in net.layers] == ["a"]


def test_what_only_training_needs_is_left_out(tmp_path):
    prototxt, caffemodel = write_model(tmp_path)
    prototxt.write_text(
        """
        layer { name: "d" type: "Data" top: "data" top: "label" include { phase: TRAIN } }
        layer { name: "d" type: "Data" top: "data" top: "label" include { phase: TEST } }
        layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" param { lr_mult: 1 } }
        layer { name: "noise" type: "Dropout" bottom: "conv" top: "conv" exclude { phase: TEST } }
        layer { name: "other" type: "ReLU" bottom: "conv" top: "conv" exclude { phase: TRAIN } }
        layer { name: "p" type: "Softmax" bottom: "conv" top: "p" include { phase: TRAIN } include { phase: TEST } }
        layer { name: "loss1" type: "SoftmaxWithLoss" bottom: "conv" bottom: "label" top: "loss1" loss_weight: 0.3 }
        layer { name: "sum" type: "Power" bottom: "loss1" top: "sum" }
        layer { name: "top1" type: "Accuracy" bottom: "conv" bottom: "label" top: "top1" }
        layer { name: "hush" type: "Silence" bottom: "label" }
        """
    )
    net = read_network(prototxt, caffemodel)
    assert [layer.name for layer in net.layers] == ["conv", "other", "p"]
    assert net.input == "data"


def test_unknown_fields_and_layer_types_are_skipped(tmp_path):
    prototxt, caffemodel = write_model(tmp_path)
    prototxt.write_text(
        'force_backward: true  some_day { deep { er: 1 } list: [1, 2] } input: "data" '
        'layer { name: "x" type: "Warp" bottom: "data" top: "x" warp_param { by: "much" } param { name: "w" } }'
    )
    assert [layer.type for layer in read_network(prototxt, caffemodel).layers] == ["Warp"]


def test_a_written_prototxt_reads_back(tmp_path):
    write_prototxt(tmp_path / "net.prototxt", parse(PROTOTXT))
    assert read_prototxt(tmp_path / "net.prototxt") == parse(PROTOTXT)


def test_a_prototxt_without_input_is_an_error(tmp_path):
    prototxt, caffemodel = write_model(tmp_path)
    prototxt.write_text(LAYER)
    with pytest.raises(DreamError, match="names no input blob"):
        read_network(prototxt, caffemodel)
