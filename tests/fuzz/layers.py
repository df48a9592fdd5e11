"""Small sound networks with every type of layer, as text and weights, and ways to change their prototxt."""

import re

import numpy as np

from dreamcore.caffe_format import message_class
from dreamcore.network.layers import LAYER_TYPES
from tests.fuzz.mutations import bytes_changed
from tests.network.small import PROTOTXT, SHAPES

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
NUMBERS += ["-2147483648", "-9223372036854775808", "0.5", "1e-30", "-1e-30", "3e38", "1e39", "-1e400", "nan", "inf"]
NUMBERS += ["0x10"]
NAMES = ["", "data", "d", "e", "gone", "\\033[2J", "\\377", "ä", "x" * 300, "\\000", "a\\nb", "\u202e", "Foo"]
NAMES += [*LAYER_TYPES]
PIECE = re.compile(r'"[^"]*"|[-+]?\b\d[\w.+-]*|[A-Za-z_]\w*|[{}:]|\s+|.', re.DOTALL)
PARAMS = [each for each in message_class("LayerParameter").DESCRIPTOR.fields if each.name.endswith("_param")]


def sound_network(random):
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


def weights_of(random, shapes):
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


TEXT_MUTATIONS = [_other_number] * 14 + [_other_name] * 4 + [_other_type] * 4 + [_another_field] * 8
TEXT_MUTATIONS += [_another_line] * 2 + [_another_token, _many, _deep]


def prototxt_changed(data, random):
    """Change a prototxt in one to eight places: its numbers, names, types, fields, lines."""
    text = data.decode("utf-8", "surrogateescape") or INPUT
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        text = random.choice(TEXT_MUTATIONS)(random, text) or INPUT
    data = text.encode("utf-8", "surrogateescape")
    return bytes_changed(data, random) if random.random() < 0.05 else data
