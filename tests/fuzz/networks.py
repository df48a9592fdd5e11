"""Harnesses of what a model is made of: prototxt, weights, means, and what is said of it."""

import functools
import io
import warnings
from random import Random

import numpy as np

from dreamcore.caffe_format import message_class, read_mean, read_network, read_weights
from dreamcore.errors import DreamError
from dreamcore.models import load_network
from dreamcore.models.settings import FILE, read_settings
from dreamcore.network import Colours, Graph
from dreamcore.network.colours import mean_for
from tests.fuzz.harness import harness, scratch_file
from tests.fuzz.layers import INPUT, OLD, prototxt_changed, sound_network, weights_of
from tests.fuzz.mutations import NUMBERS, bytes_changed, either, message_changed, text_changed
from tests.network.small import PROTOTXT, SHAPES

BETWEEN = b"\n#weights\n"  # of a prototxt and a caffemodel in one input
MOST = 10**6  # numbers in all blobs of a picture; what is larger is right, and takes long


def some_networks(count=60):
    return [sound_network(Random(number)) for number in range(count)]


# -- weights ----------------------------------------------------------------------------------------------------------


def net_parameter():
    return message_class("NetParameter")()


def caffemodels():
    seeds = [weights_of(Random(number), {"a": [(2, 2, 3, 3), (2,)], "b": [()]}) for number in range(6)]
    old = net_parameter()
    layer = old.layers.add(name="a", type=4)
    layer.blobs.add(num=1, channels=2, height=1, width=1, data=[np.ones(2, "<f4").tobytes()])
    older = old.layers.add().layer
    older.name, older.type = "b", "conv"
    older.blobs.add(num=1, channels=1, height=1, width=1, double_data=[np.ones(1).tobytes()])
    return [*seeds, old.SerializeToString()]


@harness("caffemodel", caffemodels, message_changed(net_parameter), 150)
def read_caffemodel(data):
    weights = read_weights(scratch_file("a.caffemodel", data))
    assert all(array.dtype == np.float32 for arrays in weights.values() for array in arrays)


def hdf5_files():
    import h5py

    seeds = []
    for options in ({}, {"chunks": (1, 2, 3, 3), "compression": "gzip"}, {"dtype": "f8"}, {"dtype": "i2"}):
        stream = io.BytesIO()
        with h5py.File(stream, "w") as file:
            for layer, shape in (("a", (2, 2, 3, 3)), ("b", (4, 2, 3, 3))):
                file.create_dataset(f"data/{layer}/0", data=np.ones(shape), **options)
        seeds.append(stream.getvalue())
    return seeds


@harness("HDF5 weights", hdf5_files, bytes_changed)
def read_hdf5(data):
    read_weights(scratch_file("a.h5", b"\x89HDF\r\n\x1a\n" + data[8:]))


# -- architecture -----------------------------------------------------------------------------------------------------


def prototxts():
    data_layers = [
        INPUT.replace('"Input"', '"MemoryData"').replace("input_param { shape", "memory_data_param { channels: 3 #"),
        'input: "data" input_shape { dim: 1 dim: 3 dim: 9 dim: 8 }\nlayer { type: "ReLU" bottom: "data" top: "data" }',
        INPUT + 'layer { name: "a" type: "ReLU" bottom: "data" top: "a" include { phase: TEST stage: "x" } }',
        INPUT.replace(
            "input_param", 'transform_param { mean_value: 104 mean_value: 117 scale: 0.017 mean_file: "m" } #'
        ),
    ]
    return [text.encode() for text in (PROTOTXT, OLD, *data_layers, *(text for text, _ in some_networks()))]


@functools.cache
def some_weights():
    return scratch_file("some.caffemodel", weights_of(Random(1), {"other": [(1,)], **SHAPES}))


@harness("prototxt", prototxts, prototxt_changed, 150)
def read_prototxt(data):
    graph = Graph(read_network(scratch_file("a.prototxt", data), some_weights()))
    assert all(each.isprintable() for each in (*graph.blobs, *graph.layers, graph.name))


def models():
    seeds = [text.encode() + BETWEEN + weights_of(Random(1), shapes) for text, shapes in some_networks()]
    return [*seeds, PROTOTXT.encode() + BETWEEN + weights_of(Random(1), SHAPES)]


def model_changed(data, random):
    prototxt, between, weights = data.partition(BETWEEN)
    kind = random.randrange(8)
    if kind == 0:  # another network, of other layers
        text, shapes = sound_network(random)
        return prototxt_changed(text.encode(), random) + BETWEEN + weights_of(random, shapes)
    if kind == 1:
        return prototxt + between + message_changed(net_parameter)(weights, random)
    return prototxt_changed(prototxt, random) + between + weights


@harness("network", models, model_changed, 60)
def take_a_gradient(data):
    prototxt, _, weights = data.partition(BETWEEN)
    network = load_network((scratch_file("a.prototxt", prototxt), scratch_file("a.caffemodel", weights)), device="cpu")
    with np.errstate(all="ignore"):
        use(Random(len(data)), network)


def use(random, network):
    """Take gradients at some ends, of some sizes; a size that does not fit is one line, and the next is tried."""
    error = None
    for _ in range(3):
        end = random.choice([*network.blobs, *network.layers, *network.roles])
        size = random.choice((network.graph.size[1:], (9, 8), (1, 1), (17, 30)))
        try:
            network.field(end)
            shapes = network.graph.value_shapes(*size, (network.graph.value(end),))
            if sum(np.prod(shape, dtype=float) for shape in shapes.values()) < MOST:
                shape = random.choice((1, 1, 2)), network.graph.size[0], *size
                pictures = np.random.default_rng(0).normal(0, 50, shape).astype("f4")
                assert network.gradient(pictures, end)[1].shape == pictures.shape
        except DreamError as raised:
            error = raised
    if error:
        raise error


# -- what is said of a model ------------------------------------------------------------------------------------------

TOML = b"""
mean = [104, 117, 123]
scale = 0.017
order = "rgb"
source = "https://example.org"
licence = "CC0"
[roles]
textures = "conv1"
objects = "join"
"""
WORDS = ("mean", "scale", "order", "roles", "parts", "=", "[", "]", ",", '"', "bgr", "m.npy", "true", "{", "}")
WORDS += ("1979-05-27",)


@harness(
    "model.toml",
    lambda: [TOML, b'mean = "104,117,123"', b'mean = "mean.binaryproto"\nscale = 1', b"mean = 128.0\n[roles]\n"],
    text_changed((*WORDS, *NUMBERS)),
    150,
)
def read_model_toml(data):
    settings = read_settings(scratch_file(FILE, data).parent)
    said = {"mean": settings.mean and mean_for(settings.mean, 3), "scale": settings.scale, "order": settings.order}
    colours = Colours(**{name: value for name, value in said.items() if value is not None})
    assert np.isfinite([*colours.mean, colours.scale]).all()


def blob_proto():
    return message_class("BlobProto")()


def means():
    seeds = []
    for values in (np.arange(3.0), np.full((3, 4, 5), 99.0), np.ones((1, 4, 5))):
        for kind, field in (("<f4", "data"), ("<f8", "double_data")):
            blob = blob_proto()
            getattr(blob, field).append(values.astype(kind).tobytes())
            blob.shape.dim.extend(values.shape)
            seeds.append(blob.SerializeToString())
    blob.ClearField("shape")
    blob.num, blob.channels, blob.height, blob.width = 1, 1, 4, 5
    return [*seeds, blob.SerializeToString()]


@harness("mean of a binaryproto", means, message_changed(blob_proto), 150)
def read_binaryproto(data):
    assert np.isfinite(read_mean(scratch_file("mean.binaryproto", data))).all()


def arrays():
    seeds = []
    for values in (np.arange(3.0), np.full((3, 4, 5), 99, "u1"), np.ones((1, 3, 2, 2), "f4"), np.array([{}], object)):
        stream = io.BytesIO()
        np.save(stream, values)
        seeds.append(stream.getvalue())
    return seeds


@harness(
    "mean of a .npy", arrays, either(bytes_changed, text_changed(("True", "(", ")", "<f8", "|O", ",", "{", *NUMBERS)))
)
def read_npy(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's, of odd numbers
        assert np.isfinite(read_mean(scratch_file("mean.npy", data))).all()
