"""How a model was trained: what is said, what a ``model.toml`` beside its files says, what is known, what is usual."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dreamcore.errors import DreamError, NotAllowed, nearest
from dreamcore.files import open_file
from dreamcore.models.known import ROLES, Model

if TYPE_CHECKING:
    from dreamcore.caffe_format import CaffeNet
    from dreamcore.network import Colours

Mean = str | os.PathLike | float | Sequence[float] | np.ndarray  # "B,G,R", numbers, or a file that holds them

FILE = "model.toml"
SAID, USUAL = "as said", "usual"
_KEYS = ("mean", "scale", "order", "roles", "source", "licence")
_LONGEST = 1 << 20  # bytes of a model.toml


@dataclass(frozen=True)
class Settings:
    """What is said of a model: by its `model.toml`, or by who loads it.

    Attributes
    ----------
    mean : tuple of float or None
        In the network's order, 0..255; one number stands for all channels.
    scale : float or None
    order : str or None
        ``"bgr"`` or ``"rgb"``.
    roles : dict of str to str
    source, licence : str
    """

    mean: tuple[float, ...] | None = None
    scale: float | None = None
    order: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    licence: str = ""


class Found(NamedTuple):
    """Something about a model's colours, and where it was found."""

    value: Any
    origin: str


def find_colours(known: Model | None, net: CaffeNet, channels: int, said: Settings) -> tuple[Colours, dict[str, str]]:
    """Decide a network's mean, scale and order, each by the first that says it.

    These are asked: who loads the network, a `model.toml` beside its weights, the table of known models, the layer of
    data in its prototxt, and what is usual.

    Parameters
    ----------
    known : Model or None
        What is known of the model.
    net : CaffeNet
    channels : int
        That the network takes.
    said : Settings

    Returns
    -------
    colours : Colours
    origins : dict of str to str
        For ``mean``, ``scale`` and ``order``: where it was found, in words.

    Raises
    ------
    DreamError
        For a file that cannot be read, or a mean of another number of channels.

    Warns
    -----
    UserWarning
        When the prototxt names a mean file that is not there.
    """
    from dreamcore.network.colours import Colours, mean_for, usual_mean

    prototxt, caffemodel = net.source
    beside = read_settings(caffemodel.parent)
    asked = [(said, SAID), (beside, str(caffemodel.parent / FILE)), (known, "known of this model")]

    def first(key: str) -> Found | None:
        found = (Found(getattr(each, key), origin) for each, origin in asked if each is not None)
        return next((each for each in found if each.value is not None), None)

    mean = first("mean") or _mean_of(net) or Found(usual_mean(channels), USUAL)
    scale = first("scale") or _scale_of(net) or Found(1.0, USUAL)
    order = first("order") or Found("bgr", USUAL)
    if mean.origin == USUAL and net.transformation.missing:
        missing = f"{prototxt} takes the mean of {net.transformation.missing!r}, which is not beside it"
        warnings.warn(f"{missing}; taken is that of ImageNet, --mean says another", stacklevel=3)
    colours = Colours(
        _checked(mean, lambda value: Colours(mean_for(value, channels)).mean),
        _checked(scale, lambda value: Colours(scale=value).scale),
        _checked(order, lambda value: Colours(order=value).order),
    )
    return colours, {"mean": mean.origin, "scale": scale.origin, "order": order.origin}


def _checked(found: Found, check: Callable[[Any], Any]) -> Any:
    try:
        return check(found.value)
    except DreamError as error:
        raise (error if found.origin == SAID else error.within(found.origin)) from None


def _mean_of(net: CaffeNet) -> Found | None:
    """Return the mean of the layer of data; one that scales and takes nothing off has a mean of 0."""
    from dreamcore.caffe_format import read_mean

    said, prototxt = net.transformation, str(net.source[0])
    if said.mean and (said.mean_file or said.missing):
        raise DreamError(f"{prototxt}: a layer gives both mean_value and mean_file; Caffe takes one")
    if said.mean_file:
        return Found(read_mean(said.mean_file), str(said.mean_file))
    if said.missing or not (said.mean or said.scale is not None):
        return None
    return Found(said.mean or (0.0,), prototxt)


def _scale_of(net: CaffeNet) -> Found | None:
    scale = net.transformation.scale
    return None if scale is None else Found(scale, str(net.source[0]))


def find_roles(known: Model | None, folder: Path) -> dict[str, str]:
    """Return the roles of a model that its `model.toml`, or the table of known models, gives."""
    return {**(known.roles if known else {}), **read_settings(folder).roles}


def read_settings(folder: Path) -> Settings:
    """Read the `model.toml` of a folder; empty settings where there is none.

    Raises
    ------
    DreamError
        When it cannot be read, or holds a key or value that is not allowed; it names the nearest.
    """
    path = folder / FILE
    try:
        with open_file(path) as file:
            content = file.read(_LONGEST + 1)
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        raise DreamError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    try:
        return _settings_of(_table(content), folder)
    except DreamError as error:
        raise error.within(str(path)) from None


def _table(content: bytes) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    if len(content) > _LONGEST:
        raise DreamError(f"not a description of a model: it is longer than {_LONGEST >> 20} MiB")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # also of what is not UTF-8
        raise DreamError(f"not a TOML file: {error}") from None


def _settings_of(table: dict[str, Any], folder: Path) -> Settings:
    _refuse_unknown(table, _KEYS, "")
    roles = table.get("roles", {})
    if not isinstance(roles, dict) or not all(isinstance(end, str) and end for end in roles.values()):
        raise DreamError('roles is a table: write [roles] and, below, lines such as parts = "inception_4b/output"')
    _refuse_unknown(roles, ROLES, "roles.")
    for key in ("order", "source", "licence"):
        if not isinstance(table.get(key, ""), str):
            raise DreamError(f"{key} is {table[key]!r}; wanted is text")
    mean = table.get("mean")
    return Settings(
        mean=None if mean is None else as_mean(mean, folder),
        scale=as_scale(table.get("scale")),
        order=table.get("order"),
        roles=roles,
        source=table.get("source", ""),
        licence=table.get("licence", ""),
    )


def _refuse_unknown(table: Mapping[str, Any], allowed: Sequence[str], place: str) -> None:
    for key in table:
        if key not in allowed:
            raise DreamError(f'no key "{place}{key}"{nearest(key, allowed)}; allowed: {", ".join(allowed)}')


def said_settings(mean: Mean | None = None, scale: float | str | None = None, channels: str | None = None) -> Settings:
    """Return what is said of a network's colours, checked.

    Examples
    --------
    >>> said_settings("103.94, 116.78, 123.68", 0.017).mean
    (103.94, 116.78, 123.68)
    """
    return Settings(None if mean is None else as_mean(mean, Path()), as_scale(scale), channels)


def as_mean(value: Any, folder: Path) -> tuple[float, ...]:
    """Return a mean as numbers, 0..255: of numbers, of text such as ``"104,117,123"``, or of a file in `folder`.

    Raises
    ------
    DreamError
        When it is neither.

    Examples
    --------
    >>> as_mean("128", Path())
    (128.0,)
    >>> as_mean("104,117,x", Path())
    Traceback (most recent call last):
        ...
    dreamcore.errors.NotAllowed: the mean '104,117,x' is neither numbers, such as 104,117,123, nor a file
    """
    from dreamcore.caffe_format.colours import mean_of, read_mean

    if not isinstance(value, (str, os.PathLike)):
        return mean_of(value)
    try:
        return tuple(float(each) for each in os.fspath(value).split(","))
    except (ValueError, TypeError):
        path = folder / value
    try:
        is_file = path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        is_file = False
    if not is_file:
        raise NotAllowed(f"the mean {str(value)[:80]!r} is neither numbers, such as 104,117,123, nor a file")
    return read_mean(path)


def as_scale(value: Any) -> float | None:
    """Return a scale as a number; None where none is given."""
    if value is None:
        return None
    with suppress(TypeError, ValueError, OverflowError):
        if not isinstance(value, bool):
            return float(value)
    raise NotAllowed(f"the scale is {value!r}; wanted is a number such as 0.017")
