"""A small network with a branch, in-place layers and a classifier: what the tests run where no real one is."""

import numpy as np
from google.protobuf import text_format

from dreamcore.caffe_format import message_class, read_network, write_weights
from dreamcore.network import Graph, Network, TorchBackend

PROTOTXT = """
name: "small"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 12 dim: 14 } } }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
        convolution_param { num_output: 4 kernel_size: 3 pad: 1 } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1" pooling_param { kernel_size: 3 stride: 2 } }
layer { name: "left" type: "Convolution" bottom: "pool1" top: "left"
        convolution_param { num_output: 2 kernel_size: 1 } }
layer { name: "relu_left" type: "ReLU" bottom: "left" top: "left" }
layer { name: "right" type: "Convolution" bottom: "pool1" top: "right"
        convolution_param { num_output: 3 kernel_size: 3 pad: 1 } }
layer { name: "join" type: "Concat" bottom: "left" bottom: "right" top: "join" }
layer { name: "norm" type: "LRN" bottom: "join" top: "norm" lrn_param { local_size: 3 alpha: 0.01 } }
layer { name: "mean" type: "Pooling" bottom: "norm" top: "mean" pooling_param { pool: AVE global_pooling: true } }
layer { name: "classes" type: "InnerProduct" bottom: "mean" top: "classes" inner_product_param { num_output: 6 } }
layer { name: "prob" type: "Softmax" bottom: "classes" top: "prob" }
"""

SHAPES = {
    "conv1": [(4, 3, 3, 3), (4,)],
    "left": [(2, 4, 1, 1), (2,)],
    "right": [(3, 4, 3, 3), (3,)],
    "classes": [(6, 5), (6,)],
}


def small_weights(shapes=SHAPES):
    random = np.random.default_rng(1)
    return {name: [random.normal(0, 0.5, shape).astype("f4") for shape in each] for name, each in shapes.items()}


def parse(text):
    return text_format.Parse(text, message_class("NetParameter")())


def write_model(folder, text=PROTOTXT, weights=None, name="small"):
    """Write a model into a folder; return (prototxt, caffemodel)."""
    folder.mkdir(parents=True, exist_ok=True)
    prototxt, caffemodel = folder / "deploy.prototxt", folder / f"{name}.caffemodel"
    prototxt.write_text(text)
    layers = [layer for layer in parse(text).layer if layer.type not in ("Data", "Input")]
    write_weights(caffemodel, layers, small_weights() if weights is None else weights)
    return prototxt, caffemodel


def load(folder, text=PROTOTXT, weights=None, name="", roles=None, colours=None, **options):
    net = read_network(*write_model(folder, text, weights))
    graph = Graph(net, name=name, roles=roles)
    return Network(graph, TorchBackend(graph, net.weights, **options), colours=colours)


def picture(height=12, width=14, kind="f4"):
    return np.random.default_rng(2).normal(0, 50, (3, height, width)).astype(kind)
