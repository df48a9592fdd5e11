"""Known models, and how a name becomes a network."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from hashlib import new as new_hash
from pathlib import Path
from typing import TYPE_CHECKING, Union

from dreamcore.errors import DreamError, nearest
from dreamcore.models.download import fetch, user_folder
from dreamcore.models.known import IMAGENET_MEAN, KNOWN, Model
from dreamcore.parameters import PARAMETERS
from dreamcore.process.environment import short_waits

if TYPE_CHECKING:
    import torch

    from dreamcore.network import Network

__all__ = ["KNOWN", "check", "fetch", "find_model", "installed", "list", "load_network", "search_path", "where"]

Named = Union[str, os.PathLike, "tuple[str | os.PathLike, str | os.PathLike]"]  # a name, a folder, or the two files
_list = list  # below, `list` is what `dreamcore.models` lists

EMBEDDED = Path(__file__).parent / "embedded"
DEFAULT_MODEL = PARAMETERS["model"].default
BACKENDS = ("torch", "caffe")


def search_path() -> _list[Path]:
    """Return the folders that hold models' folders, in the order they are looked through.

    Examples
    --------
    >>> search_path()[-1].name
    'embedded'
    """
    folders = [Path(each) for each in os.environ.get("DREAMCORE_MODELS", "").split(os.pathsep) if each]
    return [*folders, user_folder(), EMBEDDED]


def installed() -> dict[str, Path]:
    """Return the models found on the search path: name -> folder."""
    found: dict[str, Path] = {}
    for folder in search_path():
        with suppress(OSError):  # not there, or not ours to read
            for each in sorted(folder.iterdir()):
                if not each.name.startswith(".") and any(each.glob("*.caffemodel")):
                    found.setdefault(each.name, each)
    return found


def find_model(model: Named) -> tuple[str, Path, Path]:
    """Return (name, prototxt, caffemodel) of a model.

    Parameters
    ----------
    model : str, Path or (prototxt, caffemodel)
        A name on the search path, a folder, a caffemodel with its prototxt beside it, or the two files.

    Raises
    ------
    DreamError
        When there is no such model, or a folder does not hold exactly one of each file.
    """
    if isinstance(model, tuple):
        prototxt, caffemodel = map(Path, model)
        return caffemodel.stem, prototxt, caffemodel
    path = Path(model)
    if path.suffix == ".caffemodel" and path.is_file():
        return path.stem, _only_prototxt(path.parent), path
    folder = installed().get(str(model), path)
    if not folder.is_dir():
        names = [*installed()]
        hint = "; `dreamcore models fetch` downloads known ones" if str(model) in KNOWN else nearest(str(model), names)
        raise DreamError(f"no model {str(model)!r}{hint}; installed: {', '.join(names) or 'none'}")
    weights = sorted(folder.glob("*.caffemodel"))
    if len(weights) != 1:
        raise DreamError(f"{folder} must hold one .caffemodel; it holds {len(weights)}")
    return folder.resolve().name, _only_prototxt(folder), weights[0]


def _only_prototxt(folder: Path) -> Path:
    prototxts = sorted(folder.glob("*.prototxt"))
    deploy = [each for each in prototxts if "deploy" in each.name] or prototxts
    if len(deploy) != 1:
        raise DreamError(f"{folder} must hold one deploy .prototxt; it holds {len(deploy)}")
    return deploy[0]


def load_network(
    model: Named = DEFAULT_MODEL, *, device: str = "auto", backend: str = "torch", precision: str = "float32"
) -> Network:
    """Load a Caffe network.

    Parameters
    ----------
    model : str, Path or (prototxt, caffemodel)
        A model's name (looked for in ``$DREAMCORE_MODELS``, then in the user's data folder, then among those that come
        with the program), its folder, its caffemodel, or its two files.
    device : str
        ``"auto"`` (a GPU where there is one), ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"xpu"``, ``"mps"``. A GPU
        whose gradients are not the processor's is refused.
    backend : str
        ``"torch"``, or ``"caffe"`` for a real Caffe where one is installed.
    precision : str
        ``"float32"``; ``"bfloat16"``, with fewer bits; or ``"auto"``, which is bfloat16 where that is faster. A real
        Caffe knows float32 only.

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
        raise DreamError(f"no backend {backend!r}{nearest(backend, BACKENDS)}; allowed: {', '.join(BACKENDS)}")
    if backend == "caffe" and precision == "bfloat16":
        raise DreamError("precision is 'bfloat16'; a real Caffe computes in float32 only")
    name, prototxt, caffemodel = find_model(model)
    from dreamcore.caffe_format import read_network

    with short_waits():
        from dreamcore.network import Backend, CaffeBackend, Graph, Network, TorchBackend
        from dreamcore.network.selfcheck import check_device

    known, net = KNOWN.get(name), read_network(prototxt, caffemodel)
    graph = Graph(net, name=name, roles=known.roles if known else {})
    arithmetic: Backend
    if backend == "caffe":
        arithmetic = CaffeBackend(graph, net, device=device)
    else:
        place = find_device(device)
        check_device(graph, net.weights, place)
        arithmetic = TorchBackend(graph, net.weights, device=place, precision=precision)
    mean = known.mean if known else IMAGENET_MEAN
    return Network(graph, arithmetic, mean=mean, sha256=file_hash(caffemodel))


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
    faults : tuple of str
        What keeps layers from running: types that are unknown here, weights that the model does not hold.
    """

    prototxt: Path
    caffemodel: Path
    sha256: str
    published: bool | None
    shapes: dict
    faults: tuple[str, ...] = ()


def check(model: Named, *, backend: str = "torch") -> Check:
    """Load a model, compare its two files with each other and its weights with the published ones.

    Parameters
    ----------
    model : str, Path or (prototxt, caffemodel)
    backend : str
        What must be able to run it: see `load_network`.

    Returns
    -------
    Check

    Raises
    ------
    DreamError
        When the model is not there, is damaged, its files do not fit each other, a layer reads what none writes, or
        none can run.
    """
    name, prototxt, caffemodel = find_model(model)
    network = load_network(model, device="cpu", backend=backend)
    from dreamcore.network.layers.arguments import Miswired

    faults, shapes = network.graph.faults.values(), {**network.shapes}
    shapes.pop(network.input, None)
    for fault in faults:
        if not shapes or isinstance(fault, Miswired):
            raise DreamError(f"{prototxt}: {fault}")
    return Check(
        prototxt,
        caffemodel,
        network.sha256,
        _is_published(name, caffemodel),
        network.shapes,
        tuple(map(str, faults)),
    )


def _is_published(name: str, caffemodel: Path) -> bool | None:
    for file in KNOWN[name].files if name in KNOWN else ():
        if file.name.endswith(".caffemodel") and file.hash:
            algorithm, digits = file.hash.split(":")
            return file_hash(caffemodel, algorithm) == digits
    return None


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


def file_hash(path: str | os.PathLike, algorithm: str = "sha256") -> str:
    """Return the hash of a file, as hexadecimal digits."""
    digest = new_hash(algorithm)
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
