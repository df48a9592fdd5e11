import pytest

from dreamcore.large.memory import PICTURE, bytes_per_pixel, program_bytes
from tests.network.small import PROTOTXT, SHAPES, load, small_weights

# Two strides, branches that see differently far, padding, windows over the edge, and strong sums over channels.
DEEPER = (
    PROTOTXT.split('layer { name: "mean"')[0]
    + """
layer { name: "pool2" type: "Pooling" bottom: "norm" top: "pool2" pooling_param { kernel_size: 3 stride: 2 } }
layer { name: "deep" type: "Convolution" bottom: "pool2" top: "deep"
        convolution_param { num_output: 4 kernel_size: 3 pad: 1 } }
layer { name: "relu_deep" type: "ReLU" bottom: "deep" top: "deep" }
layer { name: "around" type: "Pooling" bottom: "pool2" top: "around" pooling_param { kernel_size: 3 stride: 1 pad: 1 } }
layer { name: "both" type: "Concat" bottom: "deep" bottom: "around" top: "both" }
"""
)


@pytest.fixture(scope="session")
def network(small_network):
    return small_network


@pytest.fixture(scope="session")
def deeper(tmp_path_factory):
    shapes = {**{name: SHAPES[name] for name in ("conv1", "left", "right")}, "deep": [(4, 5, 3, 3), (4,)]}
    return load(tmp_path_factory.mktemp("deeper"), DEEPER, small_weights(shapes))


@pytest.fixture
def limit():
    """The bytes in which a share of a picture's pixels can be one tile, beside the caller's picture."""

    def bytes_for(network, end, height, width, share):
        each = bytes_per_pixel(network, (end,), height, width)
        return program_bytes(network) + height * width * (PICTURE + share * each)

    return bytes_for
