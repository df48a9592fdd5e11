"""What a shell suggests for an option's value, found without loading PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import click
from click.shell_completion import CompletionItem

from dreamcore.errors import DreamError


def recipes(context: click.Context) -> Iterable[str]:
    """The recipes that can be called by name."""
    from dreamcore.sequence.recipe import recipe_files

    return recipe_files()


def transforms(context: click.Context) -> Iterable[str]:
    """The transforms, ready for their parameters."""
    from dreamcore.transforms import REGISTRY

    return (f"{name}(" for name in REGISTRY)


def models(context: click.Context) -> Iterable[str]:
    """The models that are there."""
    from dreamcore.models.finding import installed

    return installed()


def layers(context: click.Context) -> Iterable[str]:
    """The roles and blobs of the model that the command names before, or of the one it takes by itself."""
    from dreamcore.caffe_format import read_prototxt
    from dreamcore.defaults import usual_model
    from dreamcore.models.finding import find_model
    from dreamcore.models.known import ROLES

    _, prototxt, _ = find_model(context.params.get("model") or usual_model())
    return dict.fromkeys((*ROLES, *(top for layer in read_prototxt(prototxt).layer for top in layer.top)))


_SOURCES: dict[str, Callable[[click.Context], Iterable[str]]] = {
    "recipe": recipes,
    "transform": transforms,
    "model": models,
    "layer": layers,
}


def for_option(name: str) -> dict[str, Any]:
    """Return what `click.option` is told for the suggestions of a parameter, if there are any."""
    source = _SOURCES.get(name)
    return {"shell_complete": _suggest(source)} if source else {}


def _suggest(source: Callable[[click.Context], Iterable[str]]) -> Callable[..., list[Any]]:
    def suggest(context: click.Context, parameter: click.Parameter, begun: str) -> list[Any]:
        with suppress(DreamError, OSError):  # a shell that waits for Tab is no place for errors
            found = [CompletionItem(each) for each in source(context) if each.startswith(begun)]
            return found or [CompletionItem(begun, type="file")]
        return []

    return suggest
