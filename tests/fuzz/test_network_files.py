"""Mutated prototxts and caffemodels: each gives a network that computes, or one line that says what is wrong.

``python -m tests.fuzz.test_network_files 100000`` tries as many as one likes; DREAMCORE_FUZZ_EXAMPLES is how many the
test tries. A case is known by its number, which gives the same files again.
"""

import os
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dreamcore.caffe_format import message_class
from dreamcore.errors import DreamError
from dreamcore.models import load_network
from dreamcore.network.layers import LAYER_TYPES
from tests.network.small import PROTOTXT, SHAPES

EXAMPLES = int(os.environ.get("DREAMCORE_FUZZ_EXAMPLES", "150"))
LONGEST = 20  # seconds for one case, on a machine that does other things besides
MOST = 10**6  # numbers in all blobs of a picture; what is larger is right, and takes long

INPUT = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 4 dim: 9 dim: 8 } } }\n'
OLD = """
name: "old" input: "data" input_dim: 1 input_dim: 4 input_dim: 9 input_dim: 8
layers { name: "a" type: CONVOLUTION bottom: "data" top: "a" convolution_param { num_output: 2 kernel_size: 3 } }
layers { bottom: "a" top: "b" layer { name: "b" type: "padding" pad: 1 } }
layers { bottom: "b" top: "c" layer { name: "c" type: "pool" pool: MAX kernelsize: 2 stride: 2 } }
"""
# Layers on the blob "data" of four channels, and the shapes of their weights.
LAYERS = {
    "Convolution": ("convolution_param { num_output: 2 kernel_size: 3 pad: 1 group: 2 }", [(2, 2, 3, 3), (2,)]),
    "DepthwiseConvolution": ("convolution_param { num_output: 4 kernel_h: 3 kernel_w: 2 }", [(4, 1, 3, 2), (4,)]),
    "Deconvolution": (
        "convolution_param { num_output: 2 kernel_size: 3 stride: 2 bias_term: false }",
        [(4, 2, 3, 3)],
    ),
    "Im2col": ("convolution_param { kernel_size: 2 stride: 2 dilation: 2 }", []),
    "InnerProduct": ("inner_product_param { num_output: 3 axis: 1 }", [(3, 288), (3,)]),
    "Pooling": ("pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 2 round_mode: FLOOR }", []),
    "SPP": ("spp_param { pyramid_height: 2 pool: MAX }", []),
    "LRN": ("lrn_param { local_size: 3 alpha: 0.1 beta: 0.75 k: 2 norm_region: ACROSS_CHANNELS }", []),
    "BatchNorm": ("batch_norm_param { use_global_stats: true eps: 0.01 }", [(4,), (4,), (1,)]),
    "BN": ("bn_param { eps: 0.01 }", [(4,), (4,)]),
    "MVN": ("mvn_param { normalize_variance: true across_channels: false eps: 0.01 }", []),
    "Normalize": ("norm_param { across_spatial: false channel_shared: true }", [(1,)]),
    "Softmax": ("softmax_param { axis: 1 }", []),
    "Eltwise": ('bottom: "data" eltwise_param { operation: SUM coeff: 1 coeff: -0.5 }', []),
    "Scale": ("scale_param { axis: 1 num_axes: 1 bias_term: true }", [(4,), (4,)]),
    "Bias": ("bias_param { axis: 1 num_axes: 1 }", [(4,)]),
    "Axpy": ('bottom: "data" bottom: "data"', []),
    "Reduction": ("reduction_param { operation: MEAN axis: 1 coeff: 2 }", []),
    "Concat": ('bottom: "data" concat_param { axis: 1 }', []),
    "Slice": ('top: "e" slice_param { axis: 1 slice_point: 3 }', []),
    "Split": ('top: "e"', []),
    "Flatten": ("flatten_param { axis: 1 end_axis: -1 }", []),
    "Reshape": ("reshape_param { shape { dim: 0 dim: -1 dim: 9 } axis: 0 num_axes: 3 }", []),
    "Crop": ('bottom: "data" crop_param { axis: 2 offset: 0 }', []),
    "Tile": ("tile_param { axis: 1 tiles: 2 }", []),
    "Permute": ("permute_param { order: 0 order: 2 order: 3 order: 1 }", []),
    "ShuffleChannel": ("shuffle_channel_param { group: 2 }", []),
    "Interp": ("interp_param { zoom_factor: 2 shrink_factor: 1 height: 0 width: 0 pad_beg: 0 pad_end: -1 }", []),
    "Upsample": ("upsample_param { scale: 2 upsample_h: 18 upsample_w: 16 }", []),
    "PReLU": ("", [(4,)]),
    "ReLU": ("relu_param { negative_slope: 0.1 }", []),
    "ELU": ("elu_param { alpha: 1 }", []),
    "Power": ("power_param { power: 2 scale: 0.5 shift: 1 }", []),
    "Exp": ("exp_param { base: 2 scale: 0.1 shift: 0 }", []),
    "Log": ("log_param { base: 10 scale: 0.01 shift: 9 }", []),
    "Clip": ("clip_param { min: -1 max: 1 }", []),
    "Swish": ("swish_param { beta: 1 }", []),
}
NUMBERS = [str(each) for each in (*range(6), 7, 8, 9, 16, 17, 255, 256, 1023, 1024, 1025, -1, -2, -3, -4, -5, -32)]
NUMBERS += [str(2**power + more) for power in (16, 31, 32, 62, 63, 64, 70) for more in (-1, 0)]
NUMBERS += [
    "-2147483648",
    "-9223372036854775808",
    "0.5",
    "1e-30",
    "-1e-30",
    "3e38",
    "1e39",
    "-1e400",
    "nan",
    "inf",
    "0x10",
]
NAMES = [
    "",
    "data",
    "d",
    "e",
    "gone",
    "\\033[2J",
    "\\377",
    "ä",
    "x" * 300,
    "\\000",
    "a\\nb",
    "\u202e",
    "Foo",
    *LAYER_TYPES,
]
PIECE = re.compile(r'"[^"]*"|[-+]?\b\d[\w.+-]*|[A-Za-z_]\w*|[{}:]|\s+|.', re.DOTALL)
PARAMS = [each for each in message_class("LayerParameter").DESCRIPTOR.fields if each.name.endswith("_param")]


def network_files(number):
    """Return the prototxt and the caffemodel of a case, as bytes."""
    random = Random(number)
    text, shapes = _sound_network(random)
    for _ in range(random.choice((0, 1, 1, 1, 2, 3, 8))):
        text = random.choice(TEXT_MUTATIONS)(random, text)
    weights = _weights(random, shapes)
    for _ in range(random.choice((0, 0, 0, 0, 0, 0, 1, 2))):
        weights = random.choice(BYTE_MUTATIONS)(random, weights)
    prototxt = text.encode("utf-8", "surrogateescape")
    return (random.choice(BYTE_MUTATIONS)(random, prototxt) if random.random() < 0.05 else prototxt), weights


def _sound_network(random):
    if random.random() < 0.1:
        return (PROTOTXT, SHAPES) if random.random() < 0.5 else (OLD, {"a": [(2, 4, 3, 3), (2,)]})
    text, shapes, blob = INPUT, {}, "data"
    for place in range(random.choice((1, 1, 2, 3))):
        kind = random.choice([*LAYERS])
        param, weights = LAYERS[kind]
        blob, below = f"d{place}", blob
        param = param.replace('"data"', f'"{below}"').replace('"e"', f'"e{place}"')
        text += f'layer {{ name: "{blob}" type: "{kind}" bottom: "{below}" top: "{blob}" {param} }}\n'
        shapes[blob] = weights
    return text, shapes


def _weights(random, shapes):
    net, values = message_class("NetParameter")(), np.random.default_rng(random.getrandbits(32))
    for name, blobs in {"other": [(1,)], **shapes}.items():
        layer = net.layer.add(name=name)
        for shape in blobs:
            shape = _another_shape(random, shape) if random.random() < 0.03 else shape
            numbers = values.normal(0, 1, shape if np.prod(shape, dtype=float) < 10**5 else (3,))
            if numbers.size and random.random() < 0.02:
                numbers.flat[0] = random.choice((np.nan, np.inf, 1e300, 3e38, -3e38, 1e-40))
            blob = layer.blobs.add()
            with np.errstate(over="ignore"):
                if random.random() < 0.05:
                    blob.raw_data, blob.raw_data_type = numbers.astype("<f2").tobytes(), random.choice((0, 1, 2))
                elif random.random() < 0.05:
                    blob.double_data.append(numbers.astype("<f8").tobytes())
                else:
                    blob.data.append(numbers.astype("<f4").tobytes())
            blob.shape.dim.extend(shape)
    return net.SerializeToString()


def _another_shape(random, shape):
    change = random.randrange(4)
    if change == 0:
        return (*shape, 1)
    if change == 1:
        return shape[1:]
    sizes = [*shape] or [1]
    sizes[random.randrange(len(sizes))] = random.choice((0, 1, 2, 3, 5, 2**31, 2**62))
    return tuple(sizes)


def _other_number(random, text):
    return _replaced(random, text, r"(?<![\w.])[-+]?\d[\w.]*", random.choice(NUMBERS))


def _other_name(random, text):
    names = re.findall(r'"([^"]*)"', text)
    return _replaced(random, text, r'"[^"]*"', f'"{random.choice(names + NAMES)}"')


def _other_type(random, text):
    return _replaced(
        random, text, r'(?<=type: )("\w+"|\w+)', f'"{random.choice([*LAYER_TYPES, "Foo", "Data", "Python"])}"'
    )


def _another_field(random, text):
    param = random.choice(PARAMS)
    field = random.choice(param.message_type.fields)
    if field.message_type:
        value = f"{{ dim: {random.choice(NUMBERS)} dim: {random.choice(NUMBERS)} }}"
    elif field.enum_type:
        value = f": {random.choice(field.enum_type.values).name}"
    else:
        value = f": {random.choice(NUMBERS)}"
    return _replaced(random, text, r"\}\s*(?=\n|$)", f" {param.name} {{ {field.name} {value} }} }}")


def _another_token(random, text):
    pieces = PIECE.findall(text)
    place, other = random.randrange(len(pieces)), random.randrange(len(pieces))
    change = random.randrange(4)
    if change == 0:
        del pieces[place]
    elif change == 1:
        pieces.insert(place, pieces[other])
    elif change == 2:
        pieces[place], pieces[other] = pieces[other], pieces[place]
    else:
        del pieces[min(place, other) : max(place, other)]
    return "".join(pieces) or text


def _another_line(random, text):
    lines = text.splitlines()
    place, other = random.randrange(len(lines)), random.randrange(len(lines))
    change = random.randrange(3)
    if change == 0 and len(lines) > 1:
        del lines[place]
    elif change == 1:
        lines.insert(place, lines[other])
    else:
        lines[place], lines[other] = lines[other], lines[place]
    return "\n".join(lines) or text


def _many(random, text):
    lines = text.splitlines()
    return "\n".join([*lines, *[random.choice(lines)] * random.choice((2, 30, 200))])


def _deep(random, text):
    return text + random.choice(("a { ", "layer { ", "layer { blobs { ", "[", "x: < ")) * random.choice((3, 50, 3000))


def _replaced(random, text, pattern, new):
    places = [*re.finditer(pattern, text)]
    if not places:
        return text
    place = random.choice(places)
    return text[: place.start()] + new + text[place.end() :]


def _flipped(random, content):
    changed = bytearray(content or b"x")
    changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _cut(random, content):
    return content[: random.randrange(len(content) + 1)]


def _inserted(random, content):
    place = random.randrange(len(content) + 1)
    return content[:place] + random.randbytes(random.choice((1, 2, 9))) + content[place:]


def _repeated(random, content):
    place = random.randrange(len(content) + 1)
    return content[:place] + content[: random.randrange(len(content) + 1)] + content[place:]


TEXT_MUTATIONS = [_other_number] * 14 + [_other_name] * 4 + [_other_type] * 4 + [_another_field] * 8
TEXT_MUTATIONS += [_another_line] * 2 + [_another_token, _many, _deep]
BYTE_MUTATIONS = [_flipped, _cut, _inserted, _repeated]


def outcome(number, folder):
    """Try a case: return ``"runs"`` or the line that it ends with; anything else is an exception."""
    paths = folder / "deploy.prototxt", folder / "net.caffemodel"
    for path, content in zip(paths, network_files(number), strict=True):
        path.write_bytes(content)
    random, begin = Random(number), time.monotonic()
    try:
        network = load_network(paths, device="cpu")
        assert all(each.isprintable() for each in (*network.blobs, *network.layers, network.name))
        _use(random, network)
        result = "runs"
    except DreamError as error:
        result = str(error)
        assert result.isprintable() and result.strip(), f"case {number}: {result!r}"
        assert "\n" not in error.args[0], f"case {number}: {result!r}"
    assert time.monotonic() - begin < LONGEST, f"case {number} takes {time.monotonic() - begin:.0f} s"
    return result


def _use(random, network):
    """Take gradients at some ends, of some sizes; a size that does not fit is one line, and the next is tried."""
    error = None
    for _ in range(3):
        end = random.choice([*network.blobs, *network.layers, *network.roles])
        size = random.choice((network.graph.size[1:], (9, 8), (1, 1), (17, 30)))
        count = random.choice((1, 1, 2))
        try:
            network.field(end)
            value = network.graph.value(end)
            shapes = network.graph.value_shapes(*size, (value,))
            if sum(np.prod(shape, dtype=float) for shape in shapes.values()) < MOST:
                pictures = np.random.default_rng(0).normal(0, 50, (count, network.graph.size[0], *size)).astype("f4")
                gradient = network.gradient(pictures, end)[1]
                assert gradient.shape == pictures.shape
        except DreamError as raised:
            error = raised
    if error:
        raise error


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(number=st.integers(0, 2**63))
def test_files_give_a_network_or_one_line(number, tmp_path_factory):
    with np.errstate(all="ignore"):
        outcome(number, tmp_path_factory.getbasetemp())


def run(count, first=0):
    """Try cases one after another; print those that are neither a network nor a line, and what the others end with."""
    ends = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, first + count):
            try:
                result = outcome(number, Path(folder))
                ends["runs" if result == "runs" else "one line"] += 1
            except Exception as error:
                ends["FAULT"] += 1
                place = error.__traceback__
                while place.tb_next:
                    place = place.tb_next
                where = f"{Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}"
                print(f"case {number}: {type(error).__name__} at {where}: {str(error)[:200]}", flush=True)
    return ends


if __name__ == "__main__":
    print(dict(run(*map(int, sys.argv[1:]))))
