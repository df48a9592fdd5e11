"""Parameters: the dataclasses whose fields are the one table that every door reads. Their kinds are in `kinds`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from functools import cache
from typing import Any, ClassVar

from dreamcore.errors import NotAllowed
from dreamcore.kinds import Parameter, Schedule, choice, flag, number, term, text, whole


def row(kind: Any, default: Any, *facts: Any) -> Any:
    """Make a dataclass field of a parameter; its name is the field's."""
    return field(default=default, metadata={"row": lambda name: kind(name, default, *facts)})


class Table:
    """A dataclass whose fields are parameters: checked when it is made, listed by `parameters`."""

    changing: ClassVar[tuple[str, ...] | None] = None  # what may follow the frame number; None: every number

    @classmethod
    @cache
    def parameters(cls) -> dict[str, Parameter]:
        """Return the parameters by name, in order.

        Examples
        --------
        >>> Dream.parameters()["iterations"].allowed
        'a whole number from 1 to 1000'
        """
        rows = fields(cls)  # type: ignore[arg-type]  # mixed into dataclasses
        return {each.name: each.metadata["row"](each.name) for each in rows}

    def __post_init__(self) -> None:
        for name, parameter in self.parameters().items():
            if getattr(self, name) is not parameter.default:
                object.__setattr__(self, name, parameter.check(getattr(self, name)))
            if isinstance(getattr(self, name), Schedule) and not self._may_change(name):
                raise NotAllowed(f"{name}={getattr(self, name)} is not allowed: {name} is the same for all frames")

    def _may_change(self, name: str) -> bool:
        return self.changing is None or name in self.changing

    def values(self) -> dict[str, Any]:
        """Return the values by name, as they are."""
        return {name: getattr(self, name) for name in self.parameters()}


@dataclass(frozen=True)
class Dream(Table):
    """What happens to one picture."""

    layer: Any = row(
        term("objective"),
        "objects",
        "what is dreamed: a layer, a blob, a role (textures, patterns, parts, objects), its channels, or a sum",
    )
    iterations: Any = row(whole, 10, 1, 1000, "steps for each octave")
    octaves: Any = row(whole, 4, 1, 20, "number of scales, from small to full size")
    octave_scale: Any = row(number, 1.4, 1.05, 4, "from one scale to the next")
    step_size: Any = row(number, 1.5, 0.01, 100, "mean change of a pixel in one step, in grey levels", "grey levels")
    jitter: Any = row(whole, 32, 0, 512, "each step shifts the picture by up to this many pixels", "pixels")
    strength: Any = row(number, 1, 0, 1, "opacity of the dream over the picture")
    smooth: Any = row(number, 0, 0, 1, "brings fine and coarse parts of each step to one strength")
    blur: Any = row(number, 0, 0, 8, "blurs each step by a standard deviation of so many pixels", "pixels")
    colour: Any = row(number, 0, 0, 1, "lets colours change together as in photographs, without rainbow fringes")
    robustness: Any = row(
        whole, 0, 0, 30, "each step sees the picture turned by up to so many degrees, scaled by as many per cent"
    )


@dataclass(frozen=True)
class Sequence(Table):
    """How dreams follow one another."""

    changing = ()

    model: str = row(text, "dreamlet", "the network that dreams: a name, a folder or a .caffemodel")
    frames: int = row(whole, 5, 1, 999_999, "how many are dreamed")
    transform: Any = row(term("transform"), "zoom(0.05)", "what happens to a frame before it is dreamed again")
    between: int = row(whole, 0, 0, 99, "frames that are moved in between two dreams, at the same speed")
    loop: bool = row(flag, False, "the last frame leads into the first")
    start: bool = row(flag, False, "the untouched picture is the first frame")
    blend_in: int = row(whole, 0, 0, 9999, "frames over which the strength rises in the beginning")
    renew: float = row(number, 0, 0, 100, "how much what was dreamed for long tires when nothing new comes; try 40")
    seed: int = row(whole, 0, 0, None, "of everything random")
    guide: str = row(text, "", "a picture: dream what resembles it; first is the picture that the dream begins with")
    sound: str = row(text, "", "a sound file: band, beat and bars follow it, and MP4 and WebM play it")
    bpm: float = row(number, 0, 0, 300, "beats a minute of the sound; 0 finds them")


@dataclass(frozen=True)
class Timing(Table):
    """How frames are played."""

    changing = ("delay",)

    delay: float = row(number, 7, 1, 65535, "centiseconds that a frame is shown", "centiseconds")
    plays: int = row(whole, 0, 0, 65535, "how often it is shown; 0 for ever")
    reverse: bool = row(flag, False, "the last frame first")
    ping_pong: bool = row(flag, False, "forward and back")
    hold_first: float = row(number, 0, 0, 600, "seconds that the first frame is shown in addition", "seconds")
    hold_last: float = row(number, 0, 0, 600, "seconds that the last frame is shown in addition", "seconds")
    cross_fade: int = row(whole, 0, 0, 999, "frames at the end that dissolve into the first ones", "frames")


@dataclass(frozen=True)
class Video(Table):
    """How the frames of a clip are dreamed, one after the other."""

    changing = ()

    follow: float = row(
        number, 0.9, 0, 1, "how much of the last dream a clip keeps where it moves; 0 dreams each frame anew"
    )


@dataclass(frozen=True)
class Writing(Table):
    """What the file of an animation is like."""

    changing = ()

    palette: str = row(
        choice,
        "frame",
        ("frame", "global", "scene"),
        "GIF: a palette for each frame, for all, or for each scene",
    )
    dither: str = row(
        choice,
        "auto",
        ("auto", "none", "faint", "smooth", "floyd-steinberg", "riemersma", "ordered", "still"),
        "GIF: how colours that are not in the palette are mixed; still leaves alone what does not change",
    )
    max_size: str = row(text, "", "GIF: the most bytes that the file may have, such as 8MB")


@dataclass(frozen=True)
class Machine(Table):
    """How a machine computes; no recipe says it."""

    changing = ()

    device: str = row(text, "auto", "what computes: auto, cpu, cuda, cuda:1, xpu or mps")
    precision: str = row(
        choice,
        "float32",
        ("auto", "float32", "bfloat16"),
        "of the network: bfloat16 is faster and coarser; auto takes it where the processor knows it",
    )
    memory: str = row(text, "", "what the program may take, such as 2GB; larger pictures go in tiles")


# What is different for a preview, a small dream that shows the nature of a layer or a channel within a second or two.
PREVIEW = {"iterations": 16, "octaves": 3, "octave_scale": 1.4, "step_size": 2, "jitter": 16}

TABLES = (Sequence, Dream, Video, Timing)
PARAMETERS: dict[str, Parameter] = {name: each for table in TABLES for name, each in table.parameters().items()}
DEFAULT_MODEL = PARAMETERS["model"].default


def as_json() -> list[dict[str, Any]]:
    """Return the tables' rows as plain values, for doors that cannot import this program, such as GIMP's."""
    return [
        {"table": table.__name__.lower(), **asdict(each)}
        for table in (*TABLES, Writing)
        for each in table.parameters().values()
    ]
