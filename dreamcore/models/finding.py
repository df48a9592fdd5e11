"""Where models are, and which two files are meant by a name."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Union

from dreamcore import files
from dreamcore.caffe_format.weights import SUFFIXES
from dreamcore.errors import DreamError, nearest
from dreamcore.models.known import KNOWN
from dreamcore.text import short

Named = Union[str, os.PathLike, "tuple[str | os.PathLike, str | os.PathLike]"]  # a name, a folder, or the two files

EMBEDDED = Path(__file__).parent / "embedded"


def user_folder() -> Path:
    """Return the folder of the user's own models."""
    return files.user_folder("data") / "models"


def search_path() -> list[Path]:
    """Return the folders that hold models' folders, in the order they are looked through.

    Examples
    --------
    >>> search_path()[-1].name
    'embedded'
    """
    folders = [Path(each) for each in os.environ.get("DREAMCORE_MODELS", "").split(os.pathsep) if each]
    with suppress(DreamError):  # a user without a home, as in containers, has no models in it
        folders.append(user_folder())
    return [*folders, EMBEDDED]


def installed() -> dict[str, Path]:
    """Return the models found on the search path: name -> folder."""
    found: dict[str, Path] = {}
    for folder in search_path():
        with suppress(OSError):  # not there, or not ours to read
            for each in sorted(folder.iterdir()):
                if not each.name.startswith(".") and _is_model(each):
                    found.setdefault(each.name, each)
    return found


def _is_model(folder: Path) -> bool:
    with suppress(OSError):
        return any(name.endswith(SUFFIXES) for name in os.listdir(folder))
    return False


def find_model(model: Named, prototxt: str | os.PathLike | None = None) -> tuple[str, Path, Path]:
    """Return (name, prototxt, weights) of a model.

    Parameters
    ----------
    model : str, Path or (prototxt, weights)
        A name on the search path, a folder, a file of weights with its prototxt beside it, or the two files.
    prototxt : str or Path, optional
        Which prototxt is meant: one of the model's folder by its name, or any file.

    Raises
    ------
    DreamError
        When there is no such model, or it is not clear which files are meant; it says which there are.
    """
    if isinstance(model, tuple):
        if len(model) != 2 or prototxt is not None:
            raise DreamError(
                f"a model of files is a pair, (prototxt, weights), and names its prototxt; this is {model!r}"
            )
        architecture, weights = map(Path, model)
        return weights.stem, architecture, weights
    if not isinstance(model, (str, os.PathLike)):
        raise DreamError(f"model is {model!r}; wanted is a name, a folder, a file of weights or (prototxt, weights)")
    path = Path(model)
    if path.suffix in SUFFIXES and _exists(path, folder=False):
        return path.stem, _prototxt_for(path, prototxt), path
    folder = installed().get(str(model), path)
    if not str(model) or not _exists(folder, folder=True):
        raise _unknown(str(model))
    weights = _only_weights(folder)
    return folder.resolve().name, _prototxt_for(weights, prototxt), weights


def _exists(path: Path, *, folder: bool) -> bool:
    """Tell whether a file or a folder is there; a name that none can have is not."""
    try:
        return path.is_dir() if folder else path.is_file()
    except (OSError, ValueError):
        return False


def _unknown(model: str) -> DreamError:
    names = [*installed()]
    hint = "; `dreamcore models fetch` downloads known ones" if model in KNOWN else nearest(model, names)
    return DreamError(f"no model {short(model)!r}{hint}; installed: {', '.join(names) or 'none'}")


def _only_weights(folder: Path) -> Path:
    found = _files_of(folder, SUFFIXES[:1]) or _files_of(folder, SUFFIXES)  # HDF5 may hold many other things
    if not found:
        raise DreamError(f"{folder} holds no weights: no file that ends in {', '.join(SUFFIXES)}")
    if len(found) > 1:
        raise DreamError(
            f"{folder} holds {len(found)} files of weights: {_listed(found)}; name one of them as the model"
        )
    return found[0]


def _prototxt_for(weights: Path, chosen: str | os.PathLike | None) -> Path:
    """Return the chosen prototxt, or the one beside the weights that can be meant."""
    folder = weights.parent
    found = _files_of(folder, (".prototxt",))
    if chosen is not None:
        for path in (folder / chosen, Path(chosen)):
            if _exists(path, folder=False):
                return path
        hint = nearest(str(chosen), [each.name for each in found])
        raise DreamError(f"no prototxt {short(str(chosen))!r}{hint}; {folder} holds {_listed(found) or 'none'}")
    deploy = [each for each in found if "deploy" in each.name] or found
    same = [each for each in deploy if each.stem.replace("deploy", "").strip("_-. ") == weights.stem]
    meant = same if len(deploy) > 1 and len(same) == 1 else deploy
    if not meant:
        raise DreamError(f"{folder} holds no .prototxt: the architecture is missing")
    if len(meant) > 1:
        choose = "choose one by --prototxt FILE, in Python by prototxt="
        raise DreamError(f"{folder} holds {len(meant)} architectures: {_listed(meant)}; {choose}")
    return meant[0]


def _files_of(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    try:
        return [folder / name for name in sorted(os.listdir(folder)) if name.endswith(suffixes) and name[0] != "."]
    except OSError as error:
        raise DreamError(f"cannot read the folder {folder}: {error.strerror or error}") from error


def _listed(files: list[Path]) -> str:
    return ", ".join(each.name for each in files)
