"""A device must compute the processor's gradients: tried on a small picture, before the first dream."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dreamcore.errors import DreamError
from dreamcore.network.graph import Graph
from dreamcore.network.torch_backend import TorchBackend
from dreamcore.network.wiring import Value
from dreamcore.remembered import recall, remember

MOST = 1e-2  # relative, of the difference between two gradients
_SIDE = 64  # pixels
_TRIES = 3  # pictures: rounding may choose another of two nearly equal maxima in one, hardly in all of them
_SUBJECT = "devices"
_EACH_TIME = ("mps",)  # whose faults depend on the network's shapes

_Weights = Mapping[str, Sequence[np.ndarray]]


def check_device(graph: Graph, weights: _Weights, device: torch.device) -> None:
    """Compare a device's gradient of a small picture with the processor's.

    This is done once for each driver and version of PyTorch, which the user's cache folder remembers; on an Apple GPU
    for each network that is loaded.

    Raises
    ------
    DreamError
        When they differ by more than `MOST` on each of several pictures, or the device cannot compute one.
    """
    end = _deepest_end(graph)
    if device.type == "cpu" or end is None:
        return
    key = _name_of(device)
    if device.type not in _EACH_TIME and key in recall(_SUBJECT):
        return
    errors = []
    for seed in range(_TRIES):
        errors.append(
            _difference(*(_gradient(graph, weights, each, end, seed) for each in (torch.device("cpu"), device)))
        )
        if errors[-1] <= MOST:
            remember(_SUBJECT, key, True)
            return
    raise DreamError(
        f"device {str(device)!r} computes gradients that differ from the processor's by {min(errors):.2g} of their"
        f" size; allowed is {MOST}. Its driver or this PyTorch is at fault ({key}); device 'cpu' computes them right"
    )


def _deepest_end(graph: Graph) -> Value | None:
    """Return the last blob that a small picture leaves something at, and that depends on the picture."""
    for blob in reversed(graph.blobs):
        if graph.fits(_SIDE, _SIDE, blob) and graph.blob_value(blob).version:
            return graph.blob_value(blob)
    return None


def _gradient(graph: Graph, weights: _Weights, device: torch.device, end: Value, seed: int) -> np.ndarray:
    pixels = np.random.default_rng(seed).normal(0, 50, (1, graph.size[0], _SIDE, _SIDE)).astype(np.float32)
    try:
        backend = TorchBackend(graph, weights, device=device)
        _, gradient = backend.gradient(torch.from_numpy(pixels).to(device), (end,), _energy)
        return gradient.numpy(force=True)
    except RuntimeError as error:
        raise DreamError(f"device {str(device)!r} cannot compute a gradient: {str(error).splitlines()[0]}") from error


def _energy(blob: torch.Tensor) -> torch.Tensor:
    return 0.5 * (blob * blob).sum()


def _difference(expected: np.ndarray, found: np.ndarray) -> float:
    """Return the size of the difference of two gradients, as a part of the first one's; not finite is infinitely far.

    Examples
    --------
    >>> _difference(np.array([3.0, 4.0]), np.array([3.0, 4.5]))
    0.1
    """
    size, far = float(np.linalg.norm(expected)), float(np.linalg.norm(found - expected))
    if not np.isfinite(size):  # these weights give no numbers anywhere: not the device's fault
        return 0.0
    return far / (size or 1.0) if np.isfinite(far) else np.inf


def _name_of(device: torch.device) -> str:
    """Say what computes: the device, its driver and PyTorch, each with its version."""
    name, driver = device.type, platform.release()
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
        with suppress(OSError):
            driver = Path("/proc/driver/nvidia/version").read_text().splitlines()[0]
    elif device.type == "xpu":
        properties: Any = torch.xpu.get_device_properties(device)
        name, driver = properties.name, getattr(properties, "driver_version", driver)
    return f"{name}, {driver}, torch {torch.__version__}"
