"""Damaged, lying and foreign files: one clear error or a valid network, never a hang or a huge allocation."""

import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dreamcore.caffe_format import message_class, read_network, read_prototxt, read_weights, write_weights
from dreamcore.errors import DreamError
from dreamcore.models import load_network
from tests.network.small import PROTOTXT, SHAPES, parse, picture, small_weights, write_model

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A small sound model."""
    return write_model(tmp_path_factory.mktemp("model"))


@pytest.mark.parametrize("content", [b"", PNG, b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", b"name: 'x'", b"layer { na", b"{}"])
def test_what_is_no_prototxt_is_named(tmp_path, content):
    path = tmp_path / "photo.png"
    path.write_bytes(content)
    with pytest.raises(DreamError, match="photo.png is not a Caffe prototxt") as caught:
        read_prototxt(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", PNG, b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", PROTOTXT.encode(), b"\0" * 100])
def test_what_is_no_caffemodel_is_named(tmp_path, content):
    path = tmp_path / "photo.png"
    path.write_bytes(content)
    with pytest.raises(DreamError, match="photo.png is not a Caffe model") as caught:
        read_weights(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    for read in (read_prototxt, read_weights):
        with pytest.raises(DreamError, match=r"cannot read .*nowhere.*No such file"):
            read(tmp_path / "nowhere")


def test_a_folder_in_place_of_a_file_is_named(tmp_path):
    for read in (read_prototxt, read_weights):
        with pytest.raises(DreamError, match="cannot read"):
            read(tmp_path)


def test_a_prototxt_of_another_size_is_not_read_whole(tmp_path):
    path = tmp_path / "huge.prototxt"
    with open(path, "wb") as file:
        file.truncate(10**10)  # takes no room on the disk
    with pytest.raises(DreamError, match="longer than"):
        read_prototxt(path)


def test_deep_nesting_is_an_error(tmp_path):
    path = tmp_path / "deep.prototxt"
    path.write_text("a { " * 20_000)
    with pytest.raises(DreamError, match="is not a Caffe prototxt"):
        read_prototxt(path)


def weights_of(tmp_path, **blob):
    net = message_class("NetParameter")()
    layer = net.layer.add(name="conv", type="Convolution")
    layer.blobs.add(**blob)
    path = tmp_path / "lies.caffemodel"
    path.write_bytes(net.SerializeToString())
    return path


SHAPE = message_class("BlobShape")


@pytest.mark.parametrize(
    "blob",
    [
        {"shape": SHAPE(dim=[2**40, 2**40]), "data": [b"\0" * 8]},
        {"shape": SHAPE(dim=[-1, -2]), "data": [b"\0" * 8]},
        {"shape": SHAPE(dim=[3]), "data": [b"\0" * 8]},
        {"shape": SHAPE(dim=[2, 2])},
        {"num": 2**62, "channels": 2, "height": 1, "width": 1, "data": [b"\0" * 8]},
        {"shape": SHAPE(dim=[2]), "double_data": [b"\0" * 8]},
    ],
)
def test_a_blob_that_announces_another_size_is_an_error_at_once(tmp_path, blob):
    path = weights_of(tmp_path, **blob)
    tracemalloc.start()
    with pytest.raises(DreamError, match=r"lies.caffemodel: layer 'conv' announces"):
        read_weights(path)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_numbers_cut_in_the_middle_are_an_error(tmp_path):
    with pytest.raises(DreamError, match="'conv' are cut short"):
        read_weights(weights_of(tmp_path, shape=SHAPE(dim=[2]), data=[b"\0" * 7]))


def test_more_axes_than_an_array_can_have_are_an_error(tmp_path):
    with pytest.raises(DreamError, match="'conv'"):
        read_weights(weights_of(tmp_path, shape=SHAPE(dim=[1] * 100), data=[b"\0" * 4]))


def test_a_length_beyond_the_file_is_an_error(tmp_path):
    path = tmp_path / "long.caffemodel"
    path.write_bytes(b"\xa2\x06\xff\xff\xff\xff\x07" + b"\0" * 50)  # layer = 100, two GiB announced
    with pytest.raises(DreamError, match=r"long.caffemodel is not a Caffe model, or is cut short"):
        read_weights(path)


@pytest.mark.parametrize("content", [b"\xa2\x06\x00" * 10**6, b"\xa2\x06\x82\x89\x7a" + b"\x3a\x00" * (10**6 + 1)])
def test_a_flood_of_empty_parts_is_an_error_before_they_are_made(tmp_path, content):
    path = tmp_path / "flood.caffemodel"
    path.write_bytes(content + content[:3])
    with pytest.raises(
        DreamError, match="flood.caffemodel is not a Caffe model: its layers have more than 100000 fields"
    ):
        read_weights(path)


@pytest.mark.parametrize(
    ("layer", "shapes", "message"),
    [
        ("conv1", [(4, 2, 3, 3), (4,)], r"'conv1' \(Convolution\).*\(4, 3, 3, 3\), found \(4, 2, 3, 3\)"),
        ("right", [(3, 4, 3, 3), (5,)], r"'right' \(Convolution\).*\(3,\), found \(5,\)"),
        ("classes", [(6, 7), (6,)], r"'classes' \(InnerProduct\).*\(6, 5\), found \(6, 7\)"),
        ("left", [(2, 4, 1, 1)], r"'left' \(Convolution\) needs 2 weight blobs; the model has 1"),
    ],
)
def test_weights_of_another_architecture_name_files_layer_and_both_shapes(tmp_path, layer, shapes, message):
    files = write_model(tmp_path, weights=small_weights({**SHAPES, layer: shapes}))
    with pytest.raises(DreamError, match=message) as caught:
        load_network(files, device="cpu")
    assert all(str(path) in str(caught.value) for path in files)


def test_a_layer_without_weights_in_the_model_is_named(tmp_path):
    prototxt, caffemodel = write_model(tmp_path)
    weights = {name: blobs for name, blobs in small_weights().items() if name != "right"}
    write_weights(caffemodel, parse(PROTOTXT).layer, weights)
    network = load_network((prototxt, caffemodel), device="cpu")  # what lies below it can be dreamed
    with pytest.raises(DreamError, match=r"'right' \(Convolution\) needs 2 weight blobs; the model has 0"):
        network.gradient(picture(), "right")


def loads_or_says_why(prototxt, caffemodel):
    """Load and run once; anything but a network that works or a DreamError of one line fails."""
    try:
        network = load_network((prototxt, caffemodel), device="cpu")
        activations = network.activations(picture(), *network.blobs[1:2])
    except DreamError as error:
        assert "\n" not in str(error)
    else:
        assert all(value.nbytes < 2**24 for value in activations.values())


@given(st.binary(max_size=200))
def test_random_bytes_as_weights(model, bytes_):
    path = model[1].with_name("random.bin")
    path.write_bytes(bytes_)
    with pytest.raises(DreamError):
        read_weights(path)


@given(st.binary(max_size=200))
def test_random_bytes_as_architecture(model, bytes_):
    path = model[0].with_name("random.txt")
    path.write_bytes(bytes_)
    with pytest.raises(DreamError):
        read_network(path, model[1])


@given(st.integers(0, 10**6))
def test_truncated_weights(model, length):
    whole = model[1].read_bytes()
    path = model[1].with_name("cut.bin")
    path.write_bytes(whole[: length % len(whole)])
    loads_or_says_why(model[0], path)


@given(st.integers(0, 10**6))
def test_truncated_architectures(model, length):
    whole = model[0].read_bytes()
    path = model[0].with_name("cut.txt")
    path.write_bytes(whole[: length % len(whole)])
    loads_or_says_why(path, model[1])


flips = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 7)), min_size=1, max_size=4)


def flipped(path, name, places):
    content = bytearray(path.read_bytes())
    for place, bit in places:
        content[place % len(content)] ^= 1 << bit
    other = path.with_name(name)
    other.write_bytes(content)
    return other


@given(flips)
def test_flipped_bits_in_weights(model, places):
    loads_or_says_why(model[0], flipped(model[1], "flipped.bin", places))


@given(flips)
def test_flipped_bits_in_architectures(model, places):
    loads_or_says_why(flipped(model[0], "flipped.txt", places), model[1])


numbers = st.one_of(st.integers(-3, 20), st.sampled_from([2**31 - 1, 2**32, 2**63, 2**64 - 1, -(2**63)]))


@given(st.integers(0, 100), numbers)
@example(0, 0)
def test_another_number_anywhere_in_an_architecture(model, which, number):
    text = model[0].read_text()
    spots = [match.span() for match in re.finditer(r"(?<=: )\d+", text)]
    start, stop = spots[which % len(spots)]
    path = model[0].with_name("number.txt")
    path.write_text(f"{text[:start]}{number}{text[stop:]}")
    loads_or_says_why(path, model[1])


@given(
    st.integers(0, 100), st.sampled_from(["data", "conv1", "prob", "nothing", ""]), st.sampled_from(["top", "bottom"])
)
def test_another_name_anywhere_in_an_architecture(model, which, name, side):
    text = model[0].read_text()
    spots = [match.span(1) for match in re.finditer(rf'{side}: "(\w+)"', text)]
    start, stop = spots[which % len(spots)]
    path = model[0].with_name("name.txt")
    path.write_text(f"{text[:start]}{name}{text[stop:]}")
    loads_or_says_why(path, model[1])


def test_a_layer_with_more_tops_than_it_writes_is_an_error(model):
    path = model[0].with_name("tops.txt")
    path.write_text(PROTOTXT.replace('top: "norm"', 'top: "norm" top: "more"'))
    with pytest.raises(DreamError, match="'norm'"):
        load_network((path, model[1]), device="cpu")


def test_float_weights_stay_as_small_as_the_file(model):
    assert sum(np.asarray(blob).nbytes for blobs in read_weights(model[1]).values() for blob in blobs) < 10_000
