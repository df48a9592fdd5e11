"""Write the pages of docs/ that are made from tables and docstrings: `python tools/pages.py`."""

import inspect
import re
from itertools import groupby
from pathlib import Path

import dreamcore
import wand_tools
from dreamcore.ascent import OBJECTIVES
from dreamcore.kinds import REQUIRED
from dreamcore.text import value_text
from dreamcore.transforms import REGISTRY, SHIFTS

DOCS = Path(__file__).resolve().parents[1] / "docs"
DEFINING = ("Attributes", "Parameters", "Raises", "Returns", "Warns", "Yields")
ORDER = ("geometry", "shifts", "shift functions", "edges", "smooth and sharpen", "colour", "glitch", "mix", "chain")

TRANSFORMS = """# Transforms

A transform is what happens to a frame before it is dreamed again. (This page is written by `tools/pages.py`
from the table that the program itself reads.)

    dreamcore frames photo.jpg dream --transform "zoom(0.02)" --transform "roll(columns, shift=sine(12, wavelength=60))"

Several run in order; `chain(...)` does the same inside one text. A value is given by its place or by its name, what is
not given has its default, and a transform without values needs no parentheses. Words with spaces, and file names with
`:` or `,`, stand in quotes. A mistake is pointed at:

    error: unknown transform "zom" (did you mean "zoom"?)
      chain(zom(0.02))
            ^

## Numbers that change

Every number may follow the frame number, and so may the dream parameters (`--iterations`, `--octaves`, ...):

| text | value |
|---|---|
| `0.05` | always the same |
| `linear(0:0.02, 60:0.08)` | keyframes with straight lines between them; before the first and after the last it holds |
| `smooth(0:0.02, 60:0.08)` | the same, starting and ending slowly |
| `step(0:2, 40:5)` | jumps at each keyframe |
| `"0:0.02, 60:0.08"` | short for `linear(...)`, in quotes inside a transform |
| `sin(period=40, low=0, high=0.1)` | swings, and repeats after 40 frames; `phase=0.25` is a quarter ahead |
| `triangle(...)`, `saw(...)` | the same with straight flanks, or with one |
| `0.02 + 0.01*sin(2*pi*t/24)` | a [formula](sound.md#formulas) of the frame number `t` and of all the others here |
| `band(40..120)`, `beat(1/2)`, `bars(4)` | follow a [sound](sound.md), from 0 to 1: `zoom(0.1*band(40..120))` |

Everything random in frame n follows from the seed and n: a run that was stopped and resumed makes the same frames.
"""


OBJECTIVE = """# Objectives

An objective is what a dream maximises. (This page is written by `tools/pages.py` from the table that the program itself
reads.) `--layer` takes one at every command, and so do `layer` in a recipe, the Layer field in GIMP, and Python:

    dreamcore still photo.jpg dream.png --layer patterns
    dreamcore still photo.jpg dream.png --layer "0.3*patterns + objects"
    dreamcore still photo.jpg dream.png --layer "channels(objects, 12, 40) - 0.5*textures"
    dreamcore still photo.jpg dream.png --layer "class(jellyfish)" --model bvlc_googlenet
    dreamcore still photo.jpg dream.png --layer "map(mask.png, red=channels(parts, 12), blue=patterns)"
    dreamcore frames photo.jpg dream --frames 40 --layer "linear(0:1, 40:0)*textures + linear(0:0, 40:1)*objects"

The simplest is a word: a role (`textures`, `patterns`, `parts`, `objects`), which every network has, or a layer or a
blob of one network (`dreamcore layers` lists them). A list, `[inception_3b/output, patterns]`, is the first of them
that the network has. Terms add with `+` and `-`, with a blank before a minus, since names may hold hyphens; a weight
stands before a `*`, and brackets group: `2*(patterns - 0.5*textures)`. A weight or a number may follow the frame number
([schedules](transforms.md#numbers-that-change)); so may the whole: `0:textures, 40:0.3*patterns + parts`.

Names with blanks or with `,` `(` `)` `:` `=` `*` `+` stand in quotes. A picture is a file, looked for beside the recipe
that names it, or `first`, the picture that the dream begins with. A mistake is pointed at:

    error: unknown objective "chanels" (did you mean "channels"?)
      0.3*patterns + chanels(objects, 12)
                     ^

[The atlas](atlas.md) shows what each layer and each channel dreams on a picture of yours, and how to paint with them.

`--guide PICTURE` is short for `guide(PICTURE, ...)` in the place of every plain layer. `negative(...)` is a minus.

In Python they are functions whose results add and print as their text:

```python
from dreamcore import channels, l2

objective = 0.3 * l2("patterns") - channels("objects", 12, 40)
print(objective)  # 0.3*patterns - channels(objects, 12, 40)
```
"""

API = """# The Python interface

This page is written by `tools/pages.py` from the docstrings. The [README](../README.md) shows the most common things to
do in a notebook; every transform is on [a page of its own](transforms.md), and so is every [objective](objectives.md).
"""


def notes(row):
    """The Notes section of a docstring, as one paragraph."""
    _, found, rest = inspect.cleandoc(row.function.__doc__).partition("Notes\n-----\n")
    return rest.partition("\n\nExamples")[0].strip() if found else ""


def example(row):
    """The first example's text, as the program prints it."""
    lines = inspect.cleandoc(row.function.__doc__).partition("Examples\n--------\n")[2].splitlines()
    printed = (line for line in lines if line.startswith(f"{row.name}("))
    return next(printed, "")


def entry(row):
    parts = [f"### {row.name}", row.help]
    if row.children != (0, 0):
        parts.append("Takes other transforms inside.")
    if row.parameters:
        table = ["| parameter | default | allowed | |", "|---|---|---|---|"]
        for one in row.parameters:
            default = {REQUIRED: "needed", None: ""}.get(one.default, f"`{value_text(one.default)}`")
            table.append(f"| `{one.name}` | {default} | {one.allowed} | {one.help} |")
        parts.append("\n".join(table))
    parts += [notes(row), f"Example: `{example(row)}`" if example(row) else ""]
    return "\n\n".join(filter(None, parts))


def transforms_page():
    rows = sorted([*REGISTRY.values(), *SHIFTS.values()], key=lambda row: ORDER.index(row.group))
    parts = [TRANSFORMS]
    for group, members in groupby(rows, key=lambda row: row.group):
        parts.append(f"## {group.capitalize()}\n")
        parts += [entry(row) + "\n" for row in members]
    return "\n".join(parts)


def objectives_page():
    return "\n".join([OBJECTIVE, "## The terms\n", *(entry(row) + "\n" for row in OBJECTIVES.values())])


def api_page():
    parts = [API]
    for package in (dreamcore, wand_tools):
        parts.append(f"## {package.__name__}\n\n{inspect.getdoc(package).splitlines()[0]}\n")
        for name in sorted(package.__all__, key=str.lower):
            value = getattr(package, name)
            if callable(value):
                parts.append(f"### {name}\n\n```python\n{signature(name, value)}\n```\n\n{described(value)}\n")
    return "\n".join(parts)


def signature(name, value):
    """How a function or a class is called, a line for each parameter where one line is not enough."""
    if inspect.isclass(value) and issubclass(value, Exception):
        return f"class {name}({value.__bases__[0].__name__})"
    shown = inspect.signature(value)
    parameters = [re.sub(r": '(.*?)'(?= = |$)", r": \1", str(each)) for each in shown.parameters.values()]
    kinds = [each.kind for each in shown.parameters.values()]
    if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        parameters.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    result = "" if shown.return_annotation is shown.empty else f" -> {shown.return_annotation}"
    line = f"{name}({', '.join(parameters)}){result}"
    if len(line) <= 100:
        return line
    return f"{name}(\n" + "".join(f"    {each},\n" for each in parameters) + f"){result}"


def described(value):
    """A docstring in numpydoc's form as Markdown: names of sections bold, definitions as lists, examples as code."""
    lead, *rest = re.split(r"(?m)^(\w[\w ]*)\n-{3,}\n", inspect.getdoc(value) or "")
    parts = [with_code(lead.strip())]
    for title, body in zip(rest[::2], rest[1::2], strict=True):
        parts += [f"**{title}**", definitions(body) if title in DEFINING else with_code(body.strip())]
    return "\n\n".join(parts)


def definitions(body):
    """`name : type`, each perhaps with indented text, as the items of a list."""
    items = re.findall(r"(?m)^(\S.*)\n((?:(?: +.*)?\n)*)", f"{body}\n")
    return "\n".join(f"- `{head}` {' '.join(text.split())}".rstrip() for head, text in items)


def with_code(text):
    """A text whose examples are code."""
    return re.sub(r"(?ms)^(>>> .*?)(?=\n\n|\Z)", r"```python\n\1\n```", text)


PAGES = {"transforms.md": transforms_page, "objectives.md": objectives_page, "api.md": api_page}


if __name__ == "__main__":
    for page, write in PAGES.items():
        (DOCS / page).write_text(write().rstrip() + "\n", encoding="utf-8")
        print(DOCS / page)
