"""How much memory there is, and how much of it a gradient takes."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import dreamcore
from dreamcore.errors import DreamError
from dreamcore.process import allotment
from dreamcore.process.environment import is_without_caches
from dreamcore.remembered import recall, remember

if TYPE_CHECKING:
    from dreamcore.network import Network

SHARE = 0.6  # of what is free may be taken, where no limit is given
PICTURE = 3 * 4  # bytes of a picture's pixel
# What is allocated for one byte that lives: freed blocks are kept for the next step, with holes between them. A GPU's
# memory is given out by PyTorch itself, with fewer holes.
_OVERHEAD, _OVERHEAD_WITHOUT_CACHES, _OVERHEAD_ON_GPU = 3.0, 1.7, 1.25
_BESIDE_PICTURES = 1.3  # times that, where pictures lie in the same memory, and from step to step in other places
_PROGRAM = 400 * 10**6  # Python, PyTorch and the other packages
_SIDES = 1024, 2048  # of the pictures that are followed to find what one pixel takes
_KNOWN: weakref.WeakKeyDictionary[Network, dict[tuple[str, ...], float]] = weakref.WeakKeyDictionary()
_PASSES = "passes 2"  # another number where passes keep more or less than before, or what is remembered would mislead
_SUBJECT = "memory"  # as what the cache folder keeps it: finding it makes PyTorch load its compiler


def free_memory(device: torch.device | str = "cpu") -> int:
    """Return the bytes that are free on a device; of the machine's memory, those that this process may take."""
    device = torch.device(device)
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else allotment.free_memory()


def memory_limit(network: Network, memory: float | None = None) -> float:
    """Return the bytes that the program may take: `memory`, or most of what is free."""
    return program_bytes(network) + SHARE * free_memory(network.device) if memory is None else memory


def program_bytes(network: Network) -> int:
    """Return the bytes that are taken on a network's device before there is a picture."""
    weights = network.weight_bytes + network.backend.laid_bytes
    return weights + (_PROGRAM if network.device.type == "cpu" else 0)


def bytes_per_pixel(network: Network, ends: tuple[str, ...], height: int, width: int) -> float:
    """Return the bytes that the gradient of some ends takes at its peak, for each pixel of a picture.

    The network runs forward and backward on shapes alone while the arrays that live are added up: nothing is computed,
    and nothing allocated.
    """
    known = _KNOWN.setdefault(network, {})
    if ends not in known:
        try:
            known[ends] = _remembered_bytes(network, ends)
        except DreamError:  # an end for pictures of one size only
            return overhead(network.device) * _peak(network, ends, height, width) / (height * width)
    return overhead(network.device) * known[ends]


def _remembered_bytes(network: Network, ends: tuple[str, ...]) -> float:
    versions = f"dreamcore {dreamcore.__version__}", _PASSES, f"torch {torch.__version__}"
    kind = type(network.backend).__name__, network.architecture, str(network.device.type), network.precision
    key = ", ".join((*versions, *kind, *ends))
    kept = recall(_SUBJECT).get(key)
    if network.architecture and isinstance(kept, (int, float)) and kept > 0:
        return kept
    small, large = (_peak(network, ends, side, side) for side in _SIDES)
    found = (large - small) / (_SIDES[1] ** 2 - _SIDES[0] ** 2)
    if network.architecture:  # its file's hash
        remember(_SUBJECT, key, found)
    return found


def overhead(device: torch.device | str = "cpu") -> float:
    """Return the bytes that are allocated for one that lives."""
    if torch.device(device).type != "cpu":
        return _OVERHEAD_ON_GPU
    return _OVERHEAD_WITHOUT_CACHES if is_without_caches() else _OVERHEAD


def beside_pictures(device: torch.device | str) -> float:
    """Return how many times as much a gradient takes where the pictures lie between what it allocates."""
    return _BESIDE_PICTURES if torch.device(device).type == "cpu" else 1.0


def _peak(network: Network, ends: tuple[str, ...], height: int, width: int) -> int:
    network.shapes_at(height, width, ends)  # found before, because finding them makes arrays, too
    with _Living() as living:
        network.follow(torch.empty((network.graph.size[0], height, width), device="meta"), ends)
    return living.peak


class _Living(TorchDispatchMode):
    """Add up the storages that are alive, and keep the most that ever were."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self.known: set[int] = set()

    def __torch_dispatch__(
        self, function: Callable, types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        for each in tree_leaves(result):
            if isinstance(each, torch.Tensor):
                self._add(each.untyped_storage())
        return result

    def _add(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key not in self.known:
            self.known.add(key)
            self.now += size
            self.peak = max(self.peak, self.now)
            weakref.finalize(storage, self._remove, key, size)

    def _remove(self, key: int, size: int) -> None:
        self.known.discard(key)
        self.now -= size
