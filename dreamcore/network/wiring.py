"""How layers hang together: which values each reads and writes.

A blob is written by one layer or, where layers work in place, by several one after another. A *value* is (blob,
version): version n is the blob behind the nth layer that writes it, 0 the picture itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from dreamcore.errors import nearest
from dreamcore.network.layers.arguments import Miswired
from dreamcore.network.layers.registry import LayerParameter


class Value(NamedTuple):
    """A blob as one of the layers that write it leaves it."""

    blob: str
    version: int


class Operation(NamedTuple):
    """A layer, the values it reads and those it writes."""

    layer: LayerParameter
    reads: tuple[Value, ...]
    writes: tuple[Value, ...]


def operations_of(layers: Iterable[LayerParameter]) -> Iterable[Operation]:
    """Yield each layer with the values that it reads and writes."""
    versions: dict[str, int] = {}
    for layer in layers:
        reads = tuple(Value(blob, versions.get(blob, 0)) for blob in layer.bottom)
        versions.update({blob: versions.get(blob, 0) + 1 for blob in layer.top})
        yield Operation(layer, reads, tuple(Value(blob, versions[blob]) for blob in layer.top))


def faults_of_wiring(picture: str, operations: Sequence[Operation]) -> Iterator[tuple[int, Miswired]]:
    """Yield layers that read what no layer before them writes, or write over what is not theirs."""
    written, is_first = {picture}, True
    for place, (layer, _, _) in enumerate(operations):
        for blob in layer.bottom:
            if blob not in written:
                hint = nearest(blob, written) if is_first else ""  # the others may follow from it, and it takes long
                yield place, Miswired(f"layer {layer.name!r} reads {blob!r}{hint}, which no layer before it writes")
                is_first = False
                break
        again = [blob for blob, times in Counter(layer.top).items() if times > 1]
        again += sorted(written.intersection(layer.top).difference(layer.bottom))
        if again:
            yield place, Miswired(f"layer {layer.name!r} writes {again[0]!r}, which is written already")
        written.update(layer.top)
