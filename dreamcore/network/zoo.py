"""Known models, and how a name becomes a network."""

import os
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from dreamcore.errors import DreamError, nearest

EMBEDDED = Path(__file__).parent / "embedded"
DEFAULT_MODEL = "dreamlet"
IMAGENET_MEAN = (104.0, 117.0, 123.0)  # B, G, R; the 2015 notebook rounded the second and third down


@dataclass(frozen=True)
class Model:
    """What is known of a published model.

    Attributes
    ----------
    mean : tuple of float
        The mean colour (B, G, R) of its training pictures.
    roles : dict of str to str
        Its ends for ``textures``, ``patterns``, ``parts``, ``objects``, from small and plain to large and figured.
    """

    title: str
    source: str
    licence: str
    mean: tuple = IMAGENET_MEAN
    roles: dict = field(default_factory=dict)


_GOOGLENET_ROLES = {
    "textures": "conv2/3x3",
    "patterns": "inception_3b/output",
    "parts": "inception_4b/output",
    "objects": "inception_4c/output",
}

# Name of the model's folder -> what is known of it.
KNOWN = {
    "bvlc_googlenet": Model(
        "BVLC GoogLeNet, ImageNet", "https://github.com/BVLC/caffe/tree/master/models/bvlc_googlenet",
        "unrestricted use", roles=_GOOGLENET_ROLES,
    ),
    "squeezenet_v1.1": Model(
        "SqueezeNet v1.1, ImageNet", "https://github.com/forresti/SqueezeNet", "BSD 2-clause",
        roles={"textures": "fire2/concat", "patterns": "fire4/concat", "parts": "fire7/concat", "objects": "fire9/concat"},
    ),
}  # fmt: skip


def search_path():
    """Return the folders that hold models' folders, in the order they are looked through."""
    from platformdirs import user_data_path

    folders = [Path(each) for each in os.environ.get("DREAMCORE_MODELS", "").split(os.pathsep) if each]
    return [*folders, user_data_path("dreamcore") / "models", EMBEDDED]


def installed():
    """Return the models found on the search path: name -> folder."""
    found = {}
    for folder in search_path():
        for each in sorted(folder.iterdir()) if folder.is_dir() else ():
            if each.is_dir() and list(each.glob("*.caffemodel")):
                found.setdefault(each.name, each)
    return found


def find_model(model):
    """Return (name, prototxt, caffemodel) of a model.

    Parameters
    ----------
    model : str, Path or (prototxt, caffemodel)
        A name on the search path, a folder, or the two files.

    Raises
    ------
    DreamError
        When there is no such model, or a folder does not hold exactly one caffemodel.
    """
    if isinstance(model, (tuple, list)):
        prototxt, caffemodel = map(Path, model)
        return caffemodel.stem, prototxt, caffemodel
    folder = installed().get(str(model), Path(model))
    if not folder.is_dir():
        names = [*installed()]
        hint = "; `dreamcore models fetch` downloads known ones" if str(model) in KNOWN else nearest(model, names)
        raise DreamError(f"no model {str(model)!r}{hint}; installed: {', '.join(names) or 'none'}")
    weights, prototxts = sorted(folder.glob("*.caffemodel")), sorted(folder.glob("*.prototxt"))
    deploy = [each for each in prototxts if "deploy" in each.name] or prototxts
    if len(weights) != 1 or len(deploy) != 1:
        raise DreamError(
            f"{folder} must hold one .caffemodel and one deploy .prototxt; it holds {len(weights)} and {len(deploy)}"
        )
    return folder.resolve().name, deploy[0], weights[0]


def load_network(model=DEFAULT_MODEL, *, device="auto"):
    """Load a Caffe network.

    Parameters
    ----------
    model : str, Path or (prototxt, caffemodel)
        A model's name (looked for in ``$DREAMCORE_MODELS``, then in the user's data folder, then among those that come
        with the program), its folder, or its two files.
    device : str
        ``"auto"`` (a GPU where there is one), ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``.

    Returns
    -------
    Network

    Raises
    ------
    DreamError
        When the model or the device is not there, or the files are damaged or do not fit each other.

    Examples
    --------
    >>> network = dreamcore.load_network("dreamlet")                         # doctest: +SKIP
    >>> network.blobs[:2]                                                    # doctest: +SKIP
    ('data', 'conv1')
    """
    from dreamcore.caffe_format import read_network
    from dreamcore.network.network import Network

    name, prototxt, caffemodel = find_model(model)
    known = KNOWN.get(name)
    return Network(
        read_network(prototxt, caffemodel),
        mean=known.mean if known else IMAGENET_MEAN,
        roles=known.roles if known else {},
        device=find_device(device),
        name=name,
        sha256=file_hash(caffemodel),
    )


def find_device(device):
    """Turn ``auto|cpu|cuda|cuda:N|mps`` into a device that exists.

    Raises
    ------
    DreamError
        When the device is unknown, or not on this machine.
    """
    import torch

    present = ["cpu"]
    if torch.cuda.is_available():
        present += ["cuda", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        present.append("mps")
    if device == "auto":
        return torch.device("cuda" if "cuda" in present else "mps" if "mps" in present else "cpu")
    if device not in present:
        raise DreamError(f"no device {device!r} on this machine; allowed: auto, {', '.join(present)}")
    return torch.device(device)


def file_hash(path):
    """Return the SHA-256 of a file, as hexadecimal digits."""
    with open(path, "rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
