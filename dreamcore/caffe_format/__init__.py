"""Caffe's model files: prototxt (architecture) and caffemodel (weights), read, checked and written without Caffe."""

from dreamcore.caffe_format.colours import Transformation, read_mean
from dreamcore.caffe_format.read import CaffeNet, read_network, read_prototxt
from dreamcore.caffe_format.schema import message_class
from dreamcore.caffe_format.weights import read_weights
from dreamcore.caffe_format.write import write_prototxt, write_weights

__all__ = [
    "CaffeNet",
    "Transformation",
    "message_class",
    "read_mean",
    "read_network",
    "read_prototxt",
    "read_weights",
    "write_prototxt",
    "write_weights",
]
