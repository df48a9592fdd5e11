"""What a cell of a blob sees of the picture: receptive fields, computed from the layers alone."""

from typing import NamedTuple

from dreamcore.network.layers import window

# Each cell of the top sees what the same cell of the bottoms sees.
_CELL_BY_CELL = {
    "AbsVal", "BatchNorm", "Bias", "Dropout", "ELU", "Eltwise", "Exp", "Log", "PReLU", "Power", "ReLU", "Scale",
    "Sigmoid", "Split", "TanH",
}  # fmt: skip
_ACROSS_CHANNELS = {"Concat": "concat_param", "Slice": "slice_param", "Softmax": "softmax_param"}


class Field(NamedTuple):
    """Along one axis: cell i sees the pixels from ``i * stride + first`` to ``i * stride + last``."""

    stride: int
    first: int
    last: int


def fields(layers, picture, blob):
    """Compute what the cells of a blob see.

    Parameters
    ----------
    layers : sequence of LayerParameter
        In order, up to the one that writes the blob last.
    picture : str
        The blob that holds the picture.
    blob : str

    Returns
    -------
    (Field, Field) or None
        Vertical and horizontal; None where a cell sees the whole picture, or what it sees is no window that moves in
        even steps.

    Examples
    --------
    >>> fields([], "data", "data")
    (Field(stride=1, first=0, last=0), Field(stride=1, first=0, last=0))
    """
    known = {picture: (Field(1, 0, 0),) * 2}
    for layer in layers:
        bottoms = [known.get(bottom) for bottom in layer.bottom]
        found = _merged(bottoms) if bottoms and all(bottoms) else None
        found = found and _through(layer, found)
        known.update(dict.fromkeys(layer.top, found))
    return known.get(blob)


def _through(layer, seen):
    """The fields of a layer's top whose bottom has the fields `seen`; None where they are not windows."""
    kind = layer.type
    if kind in _CELL_BY_CELL:
        param = layer.batch_norm_param
        return None if param.HasField("use_global_stats") and not param.use_global_stats else seen
    if kind in _ACROSS_CHANNELS:
        return seen if getattr(layer, _ACROSS_CHANNELS[kind]).axis in (1, -3) else None
    if kind == "LRN":
        size = layer.lrn_param.local_size if layer.lrn_param.norm_region == 1 else 1
        return tuple(_seen(field, size, size // 2, 1, 1) for field in seen)
    if kind == "Convolution":
        windows = window(layer, layer.convolution_param)
    elif kind == "Pooling" and not layer.pooling_param.global_pooling:
        windows = window(layer, layer.pooling_param)
    else:
        return None
    return tuple(_seen(field, *sizes) for field, *sizes in zip(seen, *windows, strict=True))


def _seen(field, kernel, padding, stride, dilation):
    step, first, last = field
    return Field(step * stride, first - padding * step, last + ((kernel - 1) * dilation - padding) * step)


def _merged(bottoms):
    """What a cell sees that sees the same cell of several blobs; None where their strides differ."""
    if len({(vertical.stride, horizontal.stride) for vertical, horizontal in bottoms}) != 1:
        return None
    return tuple(
        Field(each[0].stride, min(field.first for field in each), max(field.last for field in each))
        for each in zip(*bottoms, strict=True)
    )
