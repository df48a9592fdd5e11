"""Write docs/transforms.md from the table of transforms: `python tools/transforms_page.py`."""

import inspect
from itertools import groupby
from pathlib import Path

from dreamcore.text import value_text
from dreamcore.transforms import REGISTRY, SHIFTS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "transforms.md"
ORDER = ("geometry", "shifts", "shift functions", "edges", "smooth and sharpen", "colour", "glitch", "mix", "chain")

INTRODUCTION = """# Transforms

A transform is what happens to a frame before it is dreamed again. (This page is written by `tools/transforms_page.py`
from the table that the program itself reads.)

    dreamcore frames photo.jpg dream --transform "zoom(0.02)" --transform "roll(columns, shift=sine(12, wavelength=60))"

Several run in order; `chain(...)` does the same inside one text. A value is given by its place or by its name, what is
not given has its default, and a transform without values needs no parentheses. Words with spaces, and file names with
`:` or `,`, stand in quotes. A mistake is pointed at:

    error: unknown transform "zom" (did you mean "zoom"?)
      chain(zom(0.02))
            ^

## Numbers that change

Every number may follow the frame number, and so may the dream parameters (`--iterations`, `--layer`, ...):

| text | value |
|---|---|
| `0.05` | always the same |
| `linear(0:0.02, 60:0.08)` | keyframes with straight lines between them; before the first and after the last it holds |
| `smooth(0:0.02, 60:0.08)` | the same, starting and ending slowly |
| `step(0:textures, 40:objects)` | jumps at each keyframe; words always step |
| `"0:0.02, 60:0.08"` | short for `linear(...)`, in quotes inside a transform |
| `sin(period=40, low=0, high=0.1)` | swings, and repeats after 40 frames; `phase=0.25` is a quarter ahead |
| `triangle(...)`, `saw(...)` | the same with straight flanks, or with one |

Everything random in frame n follows from the seed and n: a run that was stopped and resumed makes the same frames.
"""


def notes(row):
    """The Notes section of a docstring, as one paragraph."""
    _, found, rest = inspect.cleandoc(row.function.__doc__).partition("Notes\n-----\n")
    return rest.partition("\n\nExamples")[0].strip() if found else ""


def example(row):
    """The first example's text."""
    lines = inspect.cleandoc(row.function.__doc__).partition("Examples\n--------\n")[2].splitlines()
    return next((line for line in lines if line.startswith(f"{row.name}(")), "")


def entry(row):
    parts = [f"### {row.name}", row.help]
    if row.children != (0, 0):
        parts.append("Takes other transforms inside.")
    if row.parameters:
        table = ["| parameter | default | allowed | |", "|---|---|---|---|"]
        table += [
            f"| `{one.name}` | `{value_text(one.default)}` | {one.allowed} | {one.help} |" for one in row.parameters
        ]
        parts.append("\n".join(table))
    parts += [notes(row), f"Example: `{example(row)}`" if example(row) else ""]
    return "\n\n".join(filter(None, parts))


def page():
    """The whole text."""
    rows = sorted([*REGISTRY.values(), *SHIFTS.values()], key=lambda row: ORDER.index(row.group))
    parts = [INTRODUCTION]
    for group, members in groupby(rows, key=lambda row: row.group):
        parts.append(f"## {group.capitalize()}\n")
        parts += [entry(row) + "\n" for row in members]
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
