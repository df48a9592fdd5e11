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


V0 = """
name: "oldest"
input: "data" input_dim: 1 input_dim: 3 input_dim: 12 input_dim: 14
layers { layer { name: "room" type: "padding" pad: 1 } bottom: "data" top: "room" }
layers { layer { name: "conv1" type: "conv" num_output: 4 kernelsize: 3 } bottom: "room" top: "conv1" }
layers { layer { name: "relu1" type: "relu" } bottom: "conv1" top: "conv1" }
layers { layer { name: "pool1" type: "pool" pool: MAX kernelsize: 3 stride: 2 } bottom: "conv1" top: "pool1" }
layers { layer { name: "norm1" type: "lrn" local_size: 3 alpha: 0.01 } bottom: "pool1" top: "norm1" }
"""


def test_the_oldest_layers_are_read_and_their_padding_goes_to_the_convolution(tmp_path):
    _, caffemodel = write_model(tmp_path)
    (tmp_path / "deploy.prototxt").write_text(V0)
    net = read_network(tmp_path / "deploy.prototxt", caffemodel)
    assert [layer.type for layer in net.layers] == ["Convolution", "ReLU", "Pooling", "LRN"]
    conv, _, pool, norm = net.layers
    assert (list(conv.bottom), list(conv.convolution_param.pad), list(conv.convolution_param.kernel_size)) == (
        ["data"],
        [1],
        [3],
    )
    assert list(pool.pooling_param.stride) == [2] and norm.lrn_param.local_size == 3


def test_a_blob_without_axes_is_one_number(tmp_path):
    net = message_class("NetParameter")()
    net.layer.add(name="bend", type="PReLU").blobs.add(data=[np.float32([0.25]).tobytes()])
    (tmp_path / "a.caffemodel").write_bytes(net.SerializeToString())
    (slope,) = read_weights(tmp_path / "a.caffemodel")["bend"]
    assert slope.shape == () and slope == 0.25


@pytest.mark.parametrize(("number", "kind"), [(0, "<f8"), (1, "<f4"), (2, "<f2")])
def test_weights_may_be_raw_doubles_floats_or_halves(tmp_path, number, kind):
    net = message_class("NetParameter")()
    blob = net.layer.add(name="a").blobs.add(raw_data_type=number, raw_data=np.asarray([1, -2.5], kind).tobytes())
    blob.shape.dim.append(2)
    (tmp_path / "a.caffemodel").write_bytes(net.SerializeToString())
    assert read_weights(tmp_path / "a.caffemodel")["a"][0].tolist() == [1, -2.5]


def test_weights_in_hdf5_are_read(tmp_path):
    h5py = pytest.importorskip("h5py", reason="HDF5 is an extra")
    with h5py.File(tmp_path / "net.caffemodel.h5", "w") as file:
        for name, blobs in small_weights().items():
            for number, array in enumerate(blobs):
                file[f"data/{name}/{number}"] = array
    read = read_weights(tmp_path / "net.caffemodel.h5")
    for name, blobs in small_weights().items():
        assert all(np.array_equal(*pair) for pair in zip(read[name], blobs, strict=True))


def test_weights_that_are_not_finite_are_refused(tmp_path):
    weights = small_weights()
    weights["left"][1][0] = np.nan
    _, caffemodel = write_model(tmp_path, weights=weights)
    with pytest.raises(DreamError, match="layer 'left' hold numbers that are not finite"):
        read_weights(caffemodel)


@pytest.mark.parametrize("comment", ["# Größe".encode("latin-1"), "# 注释".encode("gbk")])
def test_comments_in_another_encoding_do_not_matter(tmp_path, comment):
    prototxt, _ = write_model(tmp_path)
    prototxt.write_bytes(comment + b"\n" + PROTOTXT.encode())
    assert read_prototxt(prototxt).name == "small"


@pytest.mark.parametrize(
    ("rule", "is_there"),
    [
        ("", True),
        ("include { phase: TEST }", True),
        ("include { phase: TRAIN }", False),
        ("include { stage: 'deploy' }", False),
        ("include { not_stage: 'deploy' }", True),
        ("include { min_level: 1 }", False),
        ("include { max_level: 1 }", True),
        ("exclude { phase: TEST }", False),
        ("exclude { stage: 'deploy' }", True),
        ("include { stage: 'deploy' } include { phase: TEST }", True),
    ],
)
def test_rules_are_those_of_a_network_loaded_for_testing_without_stages(tmp_path, rule, is_there):
    text = PROTOTXT.replace('layer { name: "relu1"', f'layer {{ {rule} name: "relu1"')
    net = read_network(*write_model(tmp_path, text))
    assert ("relu1" in [layer.name for layer in net.layers]) == is_there


@pytest.mark.parametrize(
    ("declared", "shape"),
    [
        ("type: 'DummyData' dummy_data_param { shape { dim: 2 dim: 3 dim: 20 dim: 30 } }", (2, 3, 20, 30)),
        ("type: 'DummyData' dummy_data_param { num: 1 channels: 3 height: 20 width: 30 }", (1, 3, 20, 30)),
        ("type: 'MemoryData' memory_data_param { batch_size: 1 channels: 1 height: 20 width: 30 }", (1, 1, 20, 30)),
        ("type: 'Data' transform_param { crop_size: 24 }", (1, 3, 24, 24)),
        ("type: 'Data'", ()),
    ],
)
def test_layers_of_data_say_the_shape_of_the_picture(tmp_path, declared, shape):
    first = PROTOTXT.index("layer {")
    text = PROTOTXT[:first] + f"layer {{ name: 'data' top: 'data' top: 'label' {declared} }}\n" + PROTOTXT[first:]
    text = text.replace(PROTOTXT[first : PROTOTXT.index("\n", first)], "")
    net = read_network(*write_model(tmp_path, text))
    assert (net.input, net.input_shape) == ("data", shape)


def test_the_picture_is_the_first_input_that_can_be_one(tmp_path):
    _, caffemodel = write_model(tmp_path)
    text = PROTOTXT.replace(
        'layer { name: "data"',
        'layer { name: "info" type: "Input" top: "info" input_param { shape { dim: 1 dim: 3 } } }\n'
        'layer { name: "data"',
    )
    (tmp_path / "deploy.prototxt").write_text(text)
    net = read_network(tmp_path / "deploy.prototxt", caffemodel)
    assert (net.input, net.input_shape) == ("data", (1, 3, 12, 14))
