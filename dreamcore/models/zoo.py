"""Known models, and how a name becomes a network."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dreamcore.errors import DreamError, NotAllowed, nearest
from dreamcore.files import file_hash
from dreamcore.models.classes import find_classes
from dreamcore.models.download import fetch
from dreamcore.models.finding import Named, find_model, installed, search_path
from dreamcore.models.hashing import find_known, is_published
from dreamcore.models.known import KNOWN, Model
from dreamcore.models.settings import SAID, Mean, Settings, find_colours, find_roles, read_settings, said_settings
from dreamcore.parameters import DEFAULT_MODEL
from dreamcore.process.environment import short_waits

if TYPE_CHECKING:
    import torch

    from dreamcore.network import Colours, Network

__all__ = ["KNOWN", "check", "fetch", "find_model", "installed", "list", "load_network", "search_path", "where"]

BACKENDS = ("torch", "caffe")


def load_network(
    model: Named = DEFAULT_MODEL,
    *,
    prototxt: str | os.PathLike | None = None,
    device: str = "auto",
    backend: str = "torch",
    precision: str = "float32",
    mean: Mean | None = None,
    scale: float | str | None = None,
    channels: str | None = None,
) -> Network:
    """Load a Caffe network.

    Parameters
    ----------
    model : str, Path or (prototxt, caffemodel)
        A model's name (looked for in ``$DREAMCORE_MODELS``, then in the user's data folder, then among those that come
        with the program), its folder, its caffemodel, or its two files.
    prototxt : str or Path, optional
        Which of the prototxts in the model's folder describes it, where there are several; or one from elsewhere.
    device : str
        ``"auto"`` (a GPU where there is one), ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"xpu"``, ``"mps"``. A GPU
        whose gradients are not the processor's is refused.
    backend : str
        ``"torch"``, or ``"caffe"`` for a real Caffe where one is installed.
    precision : str
        ``"float32"``; ``"bfloat16"``, with fewer bits; or ``"auto"``, which is bfloat16 where that is faster. A real
        Caffe knows float32 only.
    mean : str, Path, float, sequence of float, or (C, H, W) ndarray, optional
        The mean colour of the pictures that the network was trained with, 0..255, in the order of its channels:
        numbers, text such as ``"104,117,123"``, or a binaryproto or .npy file.
    scale : float, optional
        What these pictures were multiplied by, such as 0.017.
    channels : str, optional
        Their order, ``"bgr"`` or ``"rgb"``. What is not said is looked for in a `model.toml` beside the weights, in the
        table of known models, and in the prototxt's layer of data; else it is the mean of ImageNet, 1, and bgr.

    Returns
    -------
    Network

    Raises
    ------
    DreamError
        When the model, the device or the backend is not there, or the files are damaged or do not fit each other.

    Examples
    --------
    >>> load_network("dreamlet").blobs[:2]
    ('data', 'conv1')
    """
    if backend not in BACKENDS:
        raise NotAllowed(f"no backend {backend!r}{nearest(backend, BACKENDS)}; allowed: {', '.join(BACKENDS)}")
    if backend == "caffe" and precision == "bfloat16":
        raise NotAllowed("precision is 'bfloat16'; a real Caffe computes in float32 only")
    said = said_settings(mean, scale, channels)
    network, _ = _load(find_model(model, prototxt), said, device=device, backend=backend, precision=precision)
    return network


def _load(
    found: tuple[str, Path, Path], said: Settings, *, device: str, backend: str = "torch", precision: str = "float32"
) -> tuple[Network, dict[str, str]]:
    """Load a network; return also where its mean, scale and order were found."""
    name, prototxt, caffemodel = found
    from dreamcore.caffe_format import read_network

    with short_waits():
        from dreamcore.network import Backend, CaffeBackend, Graph, Network, TorchBackend
        from dreamcore.network.selfcheck import check_device

    net = read_network(prototxt, caffemodel)
    hashes = {"sha256": file_hash(caffemodel), "architecture": file_hash(prototxt)}
    known = find_known(name, hashes["sha256"])
    graph = Graph(net, name=name, roles=find_roles(known, caffemodel.parent))
    for end in read_settings(caffemodel.parent).roles.values():
        graph.resolve(end)  # known ones may lack in a network of the same name, those that someone wrote down must not
    colours, origins = find_colours(known, net, graph.size[0], said)
    arithmetic: Backend
    if backend == "caffe":
        arithmetic = CaffeBackend(graph, net, device=device)
    else:
        place = find_device(device)
        check_device(graph, net.weights, place)
        arithmetic = TorchBackend(graph, net.weights, device=place, precision=precision)
    named = [name for name, origin in origins.items() if origin == SAID]
    classes = find_classes(caffemodel.parent, graph.class_count)
    return Network(graph, arithmetic, colours=colours, said=named, classes=classes, **hashes), origins


def list() -> tuple[tuple[str, Model | None, Path | None], ...]:
    """Return what is known and what is installed.

    Returns
    -------
    tuple of (str, Model or None, Path or None)
        Name, what is known of it, and its folder; the installed ones first.

    Examples
    --------
    >>> "bvlc_googlenet" in [name for name, known, folder in list()]
    True
    """
    folders = installed()
    names = [*folders, *(name for name in KNOWN if name not in folders)]
    return tuple((name, KNOWN.get(name), folders.get(name)) for name in names)


def where(model: Named) -> Path:
    """Return the folder of an installed model.

    Raises
    ------
    DreamError
        When there is none of this name.
    """
    return find_model(model)[2].parent


@dataclass(frozen=True)
class Check:
    """What `check` found.

    Attributes
    ----------
    prototxt, caffemodel : Path
    sha256 : str
        Of the weights.
    published : bool or None
        Whether the weights are the published ones, bit by bit; None when no hash of them is published.
    shapes : dict of str to tuple
        The (C, H, W) of each blob that can be dreamed, at the size that the prototxt declares.
    colours : Colours
        What the network is given of a picture's colours.
    origins : dict of str to str
        Where the ``mean``, ``scale`` and ``order`` of `colours` were found, in words.
    faults : tuple of str
        What keeps layers from running: types that are unknown here, weights that the model does not hold.
    """

    prototxt: Path
    caffemodel: Path
    sha256: str
    published: bool | None
    shapes: dict
    colours: Colours
    origins: dict
    faults: tuple[str, ...] = ()


def check(
    model: Named,
    *,
    backend: str = "torch",
    prototxt: str | os.PathLike | None = None,
    mean: Mean | None = None,
    scale: float | str | None = None,
    channels: str | None = None,
) -> Check:
    """Load a model, compare its two files with each other and its weights with the published ones.

    Parameters
    ----------
    model : str, Path or (prototxt, caffemodel)
    backend, prototxt, mean, scale, channels
        As for `load_network`.

    Returns
    -------
    Check

    Raises
    ------
    DreamError
        When the model is not there, is damaged, its files do not fit each other, a layer reads what none writes, or
        none can run.
    """
    from dreamcore.network.layers.arguments import Miswired

    name, architecture, weights = found = find_model(model, prototxt)
    network, origins = _load(found, said_settings(mean, scale, channels), device="cpu", backend=backend)
    faults, shapes = network.graph.faults.values(), {**network.shapes}
    shapes.pop(network.input, None)
    for fault in faults:
        if not shapes or isinstance(fault, Miswired):
            raise DreamError(f"{architecture}: {fault}")
    published = _is_published(name, network.sha256, weights)
    return Check(
        architecture,
        weights,
        network.sha256,
        published,
        network.shapes,
        network.colours,
        origins,
        tuple(map(str, faults)),
    )


def _is_published(name: str, sha256: str, caffemodel: Path) -> bool | None:
    known = find_known(name, sha256)
    weights = [file for file in known.files if file.name.endswith(".caffemodel")] if known else []
    return is_published(caffemodel, weights[0]) if weights else None


def find_device(device: str) -> torch.device:
    """Turn ``auto|cpu|cuda|cuda:N|xpu|xpu:N|mps`` into a device that exists.

    Raises
    ------
    DreamError
        When the device is unknown, or not on this machine.
    """
    with short_waits():
        import torch

    present = ["cpu"]
    if torch.cuda.is_available():
        present += ["cuda", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
    if hasattr(torch, "xpu") and torch.xpu.is_available():
        present += ["xpu", *(f"xpu:{number}" for number in range(torch.xpu.device_count()))]
    if torch.backends.mps.is_available():
        present.append("mps")
    if device == "auto":
        return torch.device(next(each for each in ("cuda", "xpu", "mps", "cpu") if each in present))
    if device not in present:
        raise DreamError(f"no device {device!r} on this machine; allowed: auto, {', '.join(present)}")
    return torch.device(device)
