"""In which order layers run for wanted values, which of them as one, and where a ReLU costs nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from dreamcore.network.layers import LAYER_TYPES
from dreamcore.network.layers.arguments import window
from dreamcore.network.layers.registry import LayerParameter, LayerType
from dreamcore.network.passes import Rectified
from dreamcore.network.wiring import Operation, Value


@dataclass
class Row:
    """A layer that runs.

    Attributes
    ----------
    layer : LayerParameter
    reads, writes : tuple of Value
    rectified : bool, or tuple of bool
        Whether the layer does a ReLU besides: see `dreamcore.network.passes`.
    siblings : tuple of str
        The convolutions that this one stands for: its weights are theirs, one after another.
    last_reads : frozenset of Value
        What no later row reads.
    """

    layer: LayerParameter
    reads: tuple[Value, ...]
    writes: tuple[Value, ...]
    rectified: Rectified = False
    siblings: tuple[str, ...] = ()
    last_reads: frozenset[Value] = frozenset()

    @property
    def type(self) -> LayerType:
        """What is known of the layer's type."""
        return LAYER_TYPES[self.layer.type]


def build_program(operations: Iterable[Operation], wanted: Sequence[Value]) -> list[Row]:
    """List the rows that compute wanted values.

    Parameters
    ----------
    operations : iterable of Operation
        What has to run for them, from `Graph.operations_for`.
    wanted : sequence of Value

    Returns
    -------
    list of Row
    """
    rows = _as_one(_without_relus([Row(*operation) for operation in operations], set(wanted)))
    read_later = set(wanted)
    for row in reversed(rows):
        row.last_reads = frozenset(row.reads) - read_later
        read_later.update(row.reads)
    return rows


def _without_relus(rows: Sequence[Row], wanted: Collection[Value]) -> list[Row]:
    """Let ReLUs overwrite the output of the layer before, and that as late as possible.

    The largest of several numbers, made positive, is the largest of the positive ones: max(relu(x)) = relu(max(x)),
    and likewise for Concat. After them there is less to rectify and fewer blobs are kept for the gradient. LRN goes
    through its blob anyway.
    """
    readers = Counter(value for row in rows for value in row.reads)
    makers: dict[Value, Row] = {}
    kept = []
    for row in rows:
        sources = [makers[value] for value in row.reads if value in makers]
        free = len(sources) == len(row.reads) and all(
            readers[value] == 1 and value not in wanted for value in row.reads
        )
        if free and _is_plain_relu(row.layer) and sources[0].type.relu_may_overwrite:
            sources[0].writes, sources[0].rectified = row.writes, True
            makers[row.writes[0]] = sources[0]
            continue
        takes_relus = row.type.keeps_order(row.layer) or row.type.relu_before
        if free and takes_relus and all(source.rectified and not source.type.relu_before for source in sources):
            for source in sources:
                source.rectified = False
            row.rectified = True
        makers.update(dict.fromkeys(row.writes, row))
        kept.append(row)
    return kept


def _as_one(rows: Sequence[Row]) -> list[Row]:
    """Let convolutions that look at the same values through the same windows run as one, cut into theirs afterwards.

    The values are then read once, and their gradient is one product instead of a sum of several.
    """
    families: dict[Hashable, list[Row]] = {}
    for row in rows:
        families.setdefault(_family(row), []).append(row)
    result = []
    for row in rows:
        family = families[_family(row)]
        if len(family) == 1 or not _family(row):
            result.append(row)
        elif row is family[0]:
            result += _joined(family)
    return result


def _family(row: Row) -> Hashable:
    """Return what convolutions that can run as one have in common; None for other rows."""
    param = row.layer.convolution_param
    if row.layer.type == "Convolution" and param.group == 1:
        return row.reads, window(param), param.bias_term
    return None


def _joined(rows: Sequence[Row]) -> tuple[Row, Row]:
    names = tuple(row.layer.name for row in rows)
    blob = "+".join(names)
    whole = Value(blob, 1)
    layer, cut = type(rows[0].layer)(), type(rows[0].layer)(name=blob, type="Slice")
    layer.CopyFrom(rows[0].layer)
    layer.name, layer.convolution_param.num_output = blob, sum(row.layer.convolution_param.num_output for row in rows)
    cut.top.extend(row.layer.top[0] for row in rows)
    cut.slice_param.slice_point.extend(accumulate(row.layer.convolution_param.num_output for row in rows[:-1]))
    rectified = tuple(bool(row.rectified) for row in rows)
    return (
        Row(layer, rows[0].reads, (whole,), siblings=names),
        Row(cut, (whole,), tuple(row.writes[0] for row in rows), any(rectified) and rectified),
    )


def _is_plain_relu(layer: LayerParameter) -> bool:
    return layer.type == "ReLU" and not layer.relu_param.negative_slope
