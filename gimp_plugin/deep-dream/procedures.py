"""The procedures of the plug-in, a row each. No GIMP here."""

from __future__ import annotations

from dataclasses import dataclass

from arguments import (
    FILE,
    FOLDER_ARGUMENT,
    IN_PLACE,
    MODE,
    OPACITY,
    PYTHON,
    RECIPE,
    SOURCE,
    SOURCE_OF_LAYERS,
    TARGET,
    Argument,
    left_open,
    names_of,
    of_dreams,
    typed,
)
from language import _


@dataclass(frozen=True)
class Procedure:
    """A procedure of the plug-in.

    Attributes
    ----------
    function : str
        Of a module, which does it: ``runs.dream``.
    label, help : str
        In the menu.
    arguments : tuple of Argument
    begins : str
        The function of notes.py that finds what was dreamed before; empty where a new dream begins.
    """

    function: str
    label: str
    help: str
    arguments: tuple[Argument, ...]
    begins: str = ""


DREAM = (RECIPE, *of_dreams(*names_of("sequence"), *names_of("dream"), "delay"))
INTO = (SOURCE, TARGET, MODE, OPACITY, FOLDER_ARGUMENT, PYTHON)
PROCEDURES = {
    "plug-in-deep-dream": Procedure(
        "runs.dream", _("_Deep Dream..."), _("Grow a layer stack of dreamed frames from a layer."), (*DREAM, *INTO)
    ),
    "plug-in-deep-dream-layers": Procedure(
        "runs.dream_layers",
        _("Dream Every _Layer..."),
        _("Dream each layer of an animation or video for itself."),
        (
            RECIPE,
            *of_dreams("model", "guide", "seed", "sound", "bpm", *names_of("dream")),
            left_open("follow", _("Empty dreams each layer for itself.")),
            SOURCE_OF_LAYERS,
            IN_PLACE,
            PYTHON,
        ),
    ),
    "plug-in-deep-dream-again": Procedure(
        "runs.dream",
        _("Dream This _Again..."),
        _("Dream the picture that a dreamed layer comes from again, with its settings."),
        (*DREAM, *INTO),
        "again",
    ),
    "plug-in-deep-dream-on": Procedure(
        "runs.dream_on",
        _("Dream _On from This Frame..."),
        _("Dream the frames that follow a dreamed layer, with its settings, above it."),
        (*DREAM, PYTHON),
        "on",
    ),
    "plug-in-deep-dream-animation": Procedure(
        "animations.save_animation",
        _("_Save as GIF, WebP or MP4..."),
        _("Save the layers as an animation: GIF, WebP, APNG, AVIF, MP4 or WebM."),
        (
            FILE,
            left_open("delay", _("Empty takes what the names of the layers say.")),
            *(typed(name) for name in (*names_of("timing"), *names_of("writing")) if name != "delay"),
            PYTHON,
        ),
    ),
}
