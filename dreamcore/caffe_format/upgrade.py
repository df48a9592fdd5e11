"""Older generations of Caffe's layers, turned into today's message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dreamcore.caffe_format.files import shown
from dreamcore.caffe_format.schema import V1_TYPES, message_class

_TYPE_OF_NUMBER = {number: name for number, name in V1_TYPES.values()}

# The oldest layers: their types' names, and where their parameters, which all stood in one message, stand today.
_V0_TYPES = {
    "accuracy": "Accuracy", "bnll": "BNLL", "concat": "Concat", "conv": "Convolution", "data": "Data",
    "dropout": "Dropout", "euclidean_loss": "EuclideanLoss", "flatten": "Flatten", "hdf5_data": "HDF5Data",
    "hdf5_output": "HDF5Output", "im2col": "Im2col", "images": "ImageData", "infogain_loss": "InfogainLoss",
    "innerproduct": "InnerProduct", "lrn": "LRN", "multinomial_logistic_loss": "MultinomialLogisticLoss",
    "pool": "Pooling", "relu": "ReLU", "sigmoid": "Sigmoid", "softmax": "Softmax", "softmax_loss": "SoftmaxWithLoss",
    "split": "Split", "tanh": "TanH", "window_data": "WindowData",
}  # fmt: skip
_V0_PARAMETERS = {
    "conv": ("convolution_param", ("num_output", "biasterm", "pad", "kernelsize", "group", "stride")),
    "pool": ("pooling_param", ("pool", "pad", "kernelsize", "stride")),
    "innerproduct": ("inner_product_param", ("num_output", "biasterm")),
    "lrn": ("lrn_param", ("local_size", "alpha", "beta", "k")),
    "concat": ("concat_param", ("concat_dim",)),
}
_RENAMED = {"biasterm": "bias_term", "kernelsize": "kernel_size"}


def layers_of(net: Any) -> Iterator[Any]:
    """Yield the layers of a NetParameter as LayerParameter messages, whatever generation they are of."""
    yield from map(_with_names_to_show, net.layer)
    paddings: dict[str, tuple[str, int]] = {}  # top of a padding layer -> the blob that it padded, and by how much
    for old in net.layers:
        if old.HasField("layer") and old.layer.type == "padding" and old.top and old.bottom:
            paddings[shown(old.top[0])] = shown(old.bottom[0]), old.layer.pad
            continue
        new = _with_names_to_show(_from_v0(old) if old.HasField("layer") else _from_v1(old))
        for place, blob in enumerate(new.bottom):
            if blob in paddings:
                new.bottom[place], pad = paddings[blob]
                param = new.pooling_param if new.type == "Pooling" else new.convolution_param
                param.pad.append(pad)
        yield new


def weights_of(net: Any) -> Iterator[tuple[str, Any]]:
    """Yield the name and the blobs of each layer that has some."""
    for layer in (*net.layer, *net.layers):
        old = layer.layer if layer.DESCRIPTOR.name == "V1LayerParameter" and layer.HasField("layer") else layer
        if old.blobs:
            yield shown(old.name), old.blobs


def _with_names_to_show(layer: Any) -> Any:
    """Escape, in a layer's names, what a terminal would obey: they are shown wherever layers are spoken of."""
    layer.name, layer.type = shown(layer.name), shown(layer.type)
    for blobs in (layer.bottom, layer.top):
        blobs[:] = map(shown, blobs)
    return layer


def _from_v1(old: Any) -> Any:
    new = message_class("LayerParameter")(name=old.name, type=_TYPE_OF_NUMBER[old.type])
    for field, value in old.ListFields():
        if field.name in ("bottom", "top", "include", "exclude"):
            getattr(new, field.name).extend(value)
        elif field.name.endswith("_param"):
            getattr(new, field.name).CopyFrom(value)
    return new


def _from_v0(old: Any) -> Any:
    layer = old.layer
    new = message_class("LayerParameter")(name=layer.name, type=_V0_TYPES.get(layer.type, layer.type))
    new.bottom.extend(old.bottom)
    new.top.extend(old.top)
    param, names = _V0_PARAMETERS.get(layer.type, ("", ()))
    for name in names:
        if layer.HasField(name):
            _set(getattr(new, param), _RENAMED.get(name, name), getattr(layer, name))
    if layer.HasField("cropsize"):
        new.transform_param.crop_size = layer.cropsize
    return new


def _set(message: Any, name: str, value: Any) -> None:
    """Set a field of a message, also one that takes several values."""
    field = getattr(message, name)
    if hasattr(field, "append"):
        field.append(value)
    else:
        setattr(message, name, value)
