"""Harnesses of what people write: terms, schedules, options, recipes."""

import functools
import json
import math
from fractions import Fraction
from pathlib import Path

import dreamcore
from dreamcore.ascent.objectives import parse_objective
from dreamcore.errors import DreamError
from dreamcore.grammar.reader import parse_value
from dreamcore.grammar.schedules import value_at
from dreamcore.parameters import PARAMETERS
from dreamcore.sequence.recipe import load_recipe, read_recipe, recipe_text
from dreamcore.sequence.values import read_value
from dreamcore.text import read_size, value_text
from dreamcore.transforms import REGISTRY, parse
from tests.fuzz.harness import each_of, harness, scratch_file
from tests.fuzz.mutations import NUMBERS, json_changed, text_changed
from wand_tools.cli import read_speed
from wand_tools.look import read_colour
from wand_tools.order import Arrangement, exact_number, read_durations
from wand_tools.sources.layers import Layer

MARKS = ("(", ")", ",", "=", ":", "*", "[", "]", "+", "-")
SCHEDULES = ("linear", "smooth", "step", "sin", "triangle", "saw", "period", "low", "high", "phase", "0:1", "9:4")
SCHEDULES += ("n/15",)
FORMULAS = ("t", "pi", "band", "beat", "bars", "40..120", "1/2", "/", "**", "%", "max", "sqrt", "open", "__class__")
SHIFTS = ("sine", "random", "divide", "amplitude", "wavelength", "columns", "rows", "axis", "shift")
OBJECTIVES = ("guide", "channels", "neuron", "direction", "class", "objects", "patterns", "parts", "join", "first")

FRAMES = (0, 1, 7, 10**6)


def text_of(data):
    return data.decode("utf-8", "surrogateescape")


def read_term(read, data):
    term = read(text_of(data))
    assert str(read(str(term))) == str(term)
    return term


@harness(
    "objective",
    lambda: [
        b"0.3*patterns + guide(leaf.jpg, parts) - channels(objects, 12, 40)",
        b"0:join, 4:data",
        b"sin(period=40)*neuron(parts, 3, 4, 5)",
        b"direction([conv1, objects], 7) + [join, parts]",
    ],
    text_changed((*OBJECTIVES, *SCHEDULES, *MARKS, *NUMBERS)),
    150,
)
def read_objective(data):
    read_term(parse_objective, data)


@harness(
    "transform",
    lambda: [
        b"chain(zoom(linear(0:0.02, 60:0.08)), roll(columns, shift=sine(12, wavelength=60)))",
        b"mask(bright, zoom)",
        b"zoom(0.02 + 0.1*band(40..120, release=3)*sin(2*pi*t/24), x=0.5 + beat(1/2)/9)",
        *(f"chain({name}, {name}())".encode() for name in REGISTRY),
    ],
    text_changed((*REGISTRY, *SHIFTS, *SCHEDULES, *FORMULAS, *MARKS, *NUMBERS)),
    150,
)
def read_transform(data):
    read_term(parse, data)


@harness(
    "schedule",
    lambda: [
        b"sin(period=40, low=1, high=5, phase=0.5)",
        b"(1 + t)**2/max(t, 3) - 0.1*sin(2*pi*t/24)",
        b"0:2, 30:5",
        b"smooth(0:1, 9:2.5, 60:3)",
        b"4",
        b"saw(9)",
    ],
    text_changed((*SCHEDULES, *FORMULAS, *MARKS, *NUMBERS)),
    150,
)
def read_schedule(data):
    each_of(
        [functools.partial(_read_as, PARAMETERS[name]) for name in ("octaves", "step_size", "delay")], text_of(data)
    )


def _read_as(parameter, text):
    value = parse_value(text, parameter)
    assert all(math.isfinite(value_at(value, number)) for number in FRAMES)
    assert value_text(parse_value(value_text(value), parameter)) == value_text(value)


@harness(
    "parameter",
    lambda: (
        [json.dumps([name, row.default if row.default is not None else 1]).encode() for name, row in PARAMETERS.items()]
        + [b'["layer", {"a": 1}]', b'["transform", ["zoom", "roll"]]', b'["octaves", "0:1, 9:4"]']
    ),
    json_changed((*PARAMETERS, *OBJECTIVES, *SCHEDULES, "zoom(0.1)", "roll")),
    150,
)
def read_parameter(data):
    try:
        name, value = json.loads(data)
        row = PARAMETERS[name]
    except (ValueError, TypeError, KeyError, RecursionError):
        row, value = PARAMETERS["octaves"], text_of(data)
    read = read_value(row, value)
    if row.kind in ("number", "whole"):
        assert all(math.isfinite(value_at(read, number)) for number in FRAMES)


# -- options of the commands ------------------------------------------------------------------------------------------


@harness(
    "size, speed, colour",
    lambda: [b"1.5 GiB", b"900MB", b"1:3", b"2", b"#203040", b"white", b"hsl(120, 50%, 20.5%)", b"rgb(1,2,3)"],
    text_changed(("#", "hsv(", "hsla", "rgba(", "%", ")", ",", ":", "GB", "kib", "b", ".", *NUMBERS)),
    150,
)
def read_option(data):
    each_of((read_size, read_speed, read_colour), text_of(data))


TIMES = ("delay", "fps", "duration", "hold_first", "hold_last", "speed")


@harness(
    "times of frames",
    lambda: [json.dumps([key, value]).encode() for key in TIMES for value in (2, 0.07, "30000/1001", "1/3", "25")],
    json_changed((*TIMES, *NUMBERS)),
    150,
)
def read_times(data):
    try:
        key, value = json.loads(data)
        value, other = (Fraction(value), value) if isinstance(value, int) else (value, [value])
    except (ValueError, TypeError, RecursionError):
        key, value, other = "delay", text_of(data), 1

    def arranged():
        for shown in Arrangement(**{key if key in TIMES else "speed": value})([None, Fraction(1, 7)]):
            float(shown.duration)

    each_of(
        (
            arranged,
            lambda: exact_number("x", value),
            lambda: read_durations([value, other]),
            lambda: Arrangement(speed=(value, 1))([None] * 3),
        )
    )


@harness(
    "times in names of layers",
    lambda: [b"Frame 3 (120ms) (replace)", b"a (5 ms )", b"(replace)(1ms)", b"(combine)"],
    text_changed(("(", ")", "ms", "(7ms)", "replace", "REPLACE", *NUMBERS)),
    150,
)
def read_layer_name(data):
    layer = Layer(text_of(data), read=lambda: None)
    assert layer.duration is None or 0 <= layer.duration < 10**6
    assert isinstance(layer.replaces, bool)


# -- recipes ----------------------------------------------------------------------------------------------------------

FULL = b"""
about = "Falls."
frames = 9
seed = 3
model = "small"
guide = "first"
transform = ["zoom(0.05)", "roll(shift=n/15)", "mask(m.png, saturation(0.9))"]
[dream]
layer = "0.3*patterns + guide(a.png, objects)"
octaves = "0:1, 9:4"
iterations = 4
[animation]
delay = "linear(0:4, 9:10)"
plays = 2
ping_pong = true
[colours]
mean = [99, 100.5, 101]
scale = 0.017
order = "rgb"
"""


HEARD = b"""
transform = ["zoom(0.02 + 0.1*band(40..120))", "roll(shift=sine(12*beat(1/2)))"]
sound = "song.flac"
bpm = 120
[heard]
sound = "00ff"
bpm = 120
delay = 7
[heard.curves]
"band(40..120)" = "0 .5 1"
"""


def recipes():
    shipped = (Path(dreamcore.__file__).parent / "sequence/recipes").glob("*.toml")
    return [FULL, HEARD, *(path.read_bytes() for path in sorted(shipped))]


KEYS = ("dream", "animation", "colours", "mean", "scale", "order", *PARAMETERS)


RECIPE_WORDS = (*KEYS, *FORMULAS, *SCHEDULES, *SHIFTS, *MARKS, '"', "true", "[[", "zoom", "heard", "curves")


@harness("recipe", recipes, text_changed((*RECIPE_WORDS, *NUMBERS)), 100)
def read_a_recipe(data):
    recipe = load_recipe(scratch_file("a.toml", data))
    try:
        written = recipe_text(recipe)
    except DreamError as error:
        assert "is no text" in str(error)
        raise
    assert recipe_text(read_recipe(written)) == written
