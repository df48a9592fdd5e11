"""Which layers run for the blobs that are wanted, in which order, which of them as one, and where a ReLU costs nothing.

A value is (blob, version): version n is the blob after the nth layer that writes it, 0 the picture itself.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate

from dreamcore.network.layers import keeps_order, window

# Layers whose gradient does not look at their own output, so that a ReLU may overwrite it.
_OVERWRITABLE = {"Convolution", "Deconvolution", "InnerProduct"}


@dataclass
class Row:
    """A layer that runs.

    Attributes
    ----------
    layer : LayerParameter
    reads, writes : tuple of (str, int)
        Values.
    rectified : bool, or tuple of bool
        Whether the layer does a ReLU besides: behind it, or before it if it is an LRN; of a Slice, for each top.
    siblings : tuple of str
        The convolutions that this one stands for: its weights are theirs, one after another.
    last_reads : frozenset of (str, int)
        What no later row reads.
    """

    layer: object
    reads: tuple
    writes: tuple
    rectified: bool | tuple = False
    siblings: tuple = ()
    last_reads: frozenset = frozenset()


def plan(layers, wanted):
    """List the rows that compute wanted values.

    Parameters
    ----------
    layers : sequence of LayerParameter
    wanted : iterable of (str, int)

    Returns
    -------
    list of Row
    """
    rows = _needed(_rows(layers), set(wanted))
    rows = _as_one(_without_relus(rows, set(wanted)))
    read_later = set(wanted)
    for row in reversed(rows):
        row.last_reads = frozenset(row.reads) - read_later
        read_later.update(row.reads)
    return rows


def _rows(layers):
    written, rows = {}, []
    for layer in layers:
        reads = tuple((blob, written.get(blob, 0)) for blob in layer.bottom)
        written.update({blob: written.get(blob, 0) + 1 for blob in layer.top})
        rows.append(Row(layer, reads, tuple((blob, written[blob]) for blob in layer.top)))
    return rows


def _needed(rows, wanted):
    needed, found = set(wanted), []
    for row in reversed(rows):
        if not needed.isdisjoint(row.writes):
            needed.update(row.reads)
            found.append(row)
    return found[::-1]


def _without_relus(rows, wanted):
    """Let ReLUs overwrite the output of the layer before, and that as late as possible.

    The largest of several numbers, made positive, is the largest of the positive ones: max(relu(x)) = relu(max(x)),
    and likewise for Concat. After them there is less to rectify and fewer blobs are kept for the gradient. LRN goes
    through its blob anyway.
    """
    readers = Counter(value for row in rows for value in row.reads)
    makers, kept = {}, []
    for row in rows:
        sources = [makers.get(value) for value in row.reads]
        free = all(sources) and all(readers[value] == 1 and value not in wanted for value in row.reads)
        if free and _is_plain_relu(row.layer) and sources[0].layer.type in _OVERWRITABLE:
            sources[0].writes, sources[0].rectified = row.writes, True
            makers[row.writes[0]] = sources[0]
            continue
        takes_relus = keeps_order(row.layer) or row.layer.type == "LRN"
        if free and takes_relus and all(source.rectified and source.layer.type != "LRN" for source in sources):
            for source in sources:
                source.rectified = False
            row.rectified = True
        makers.update(dict.fromkeys(row.writes, row))
        kept.append(row)
    return kept


def _as_one(rows):
    """Let convolutions that look at the same values through the same windows run as one, cut into theirs afterwards.

    The values are then read once, and their gradient is one product instead of a sum of several.
    """
    families = {}
    for row in rows:
        families.setdefault(_family(row), []).append(row)
    found = []
    for row in rows:
        family = families[_family(row)]
        if len(family) == 1 or not _family(row):
            found.append(row)
        elif row is family[0]:
            found += _joined(family)
    return found


def _family(row):
    """What convolutions that can run as one have in common; None for other rows."""
    param = row.layer.convolution_param
    if row.layer.type == "Convolution" and param.group == 1:
        return row.reads, window(row.layer, param), param.bias_term
    return None


def _joined(rows):
    names = tuple(row.layer.name for row in rows)
    blob = "+".join(names)
    layer, cut = type(rows[0].layer)(), type(rows[0].layer)(name=blob, type="Slice")
    layer.CopyFrom(rows[0].layer)
    layer.name, layer.convolution_param.num_output = blob, sum(row.layer.convolution_param.num_output for row in rows)
    cut.top.extend(row.layer.top[0] for row in rows)
    cut.slice_param.slice_point.extend(accumulate(row.layer.convolution_param.num_output for row in rows[:-1]))
    rectified = tuple(row.rectified for row in rows)
    return (
        Row(layer, rows[0].reads, ((blob, 1),), siblings=names),
        Row(cut, ((blob, 1),), tuple(row.writes[0] for row in rows), any(rectified) and rectified),
    )


def _is_plain_relu(layer):
    return layer.type == "ReLU" and not layer.relu_param.negative_slope
