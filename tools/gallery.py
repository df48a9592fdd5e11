"""Make docs/gallery.md and its strips of frames: `python tools/gallery.py [RECIPE ...]`.

Without names it makes all of them, with `--page` only the page. The model is the one that comes with the program.
"""

import argparse
from pathlib import Path

import numpy as np

DOCS = Path(__file__).resolve().parents[1] / "docs"
SIZE = 200, 150  # of the dreams, and of a frame in a strip
COUNT = 6  # frames in a strip: out of all of a short sequence, or out of the beginning of a long one
SHORT, BEGINNING, RENEWED = 16, 11, 76  # the last where it shows only late what a recipe does
GAP = 4

INTRODUCTION = """# The gallery

Each recipe is one command. The strips are made with what comes with the program: the skies, meadows, cities and
portraits that `dreamcore sky` draws and the model `dreamlet`, at 200x150; larger networks dream richer figures. The
first twelve are those of the post "Different Distortions" of 2015, the rest are new. `dreamcore recipes show NAME`
prints a recipe to copy and change. What objectives, looks and other means do is in [the gallery of
means](gallery-means.md).
"""

OWN = """## A recipe of your own

    dreamcore frames photo.jpg dream --recipe dogesine --layer patterns --save-recipe mine.toml
    dreamcore info dream/0007.png --as-recipe > mine.toml
    dreamcore recipes check mine.toml
    dreamcore animate other.jpg other.gif --recipe mine.toml

A recipe is a TOML file; every key may be left out. `transform` is a text, or a list of texts that run in order
([transforms](transforms.md)). `layer` is a role (`textures`, `patterns`, `parts`, `objects`), which every model has, or
a blob of one model, or a list of which the first that the model has is taken. Numbers may change with the frame.
`dreamcore recipes list` says in which folder your own are found by name. A picture or an animation of this program is a
recipe, too: `--recipe dream.gif`. A section `[colours]` says how the recipe's model was trained, where nothing
else does ([models](models.md)).

| key | default | |
|---|---|---|"""

SCENES = {  # of the strips that begin with something else than a sky
    "vertical-stretch": "city",
    "harp": "city",
    "night-market": "city",
    "landslide": "meadow",
    "two-whirls": "meadow",
    "patchwork": "portrait",
    "carnival": "portrait",
}

POST = (
    "basic-zoom",
    "vertical-stretch",
    "reversed-vertical-stretch",
    "column-rolling",
    "dogesine",
    "random-shifts",
    "always-downward",
    "game-of-doge",
    "you-wow-or-you-die",
    "prewitt",
    "edge-invention",
    "gaussian",
)


def recipes():
    """The program's recipes, those of the post first, those that begin with something else than a sky last."""
    from dreamcore.sequence.recipe import SHIPPED, load_recipe

    others = sorted({path.stem for path in SHIPPED.glob("*.toml")}.difference(POST, SCENES))
    return {name: load_recipe(SHIPPED / f"{name}.toml") for name in dict.fromkeys((*POST, *others, *SCENES))}


def frames_of(recipe, network, scene, seed):
    """The frames of a strip, dreamed on a picture of its own, in the order of the animation."""
    from dreamcore.scenes import SCENES as DRAWN
    from dreamcore.sequence import make_job, run

    length = recipe.sequence.frames
    frames = length if length <= SHORT else min(length, RENEWED) if recipe.sequence.renew else BEGINNING
    job = make_job(DRAWN[scene](*SIZE, seed), network, recipe, frames=frames, between=0)
    wanted = np.linspace(0, len(job.numbers) - 1, COUNT).round().astype(int)
    frames = [frame for number, frame in enumerate(run(job)) if number in wanted]
    return frames[::-1] if recipe.timing.reverse else frames


def strip(frames):
    """One picture of the frames side by side."""
    from PIL import Image

    from dreamcore.pictures import to_bytes

    height, width = frames[0].shape[:2]
    out = Image.new("RGB", (len(frames) * (width + GAP) - GAP, height), "white")
    for number, frame in enumerate(frames):
        out.paste(Image.fromarray(to_bytes(frame)), (number * (width + GAP), 0))
    return out


def page(table):
    """The text of docs/gallery.md."""
    from dreamcore.parameters import Sequence
    from dreamcore.sequence.recipe import ABOUT, PICTURE, SECTIONS
    from dreamcore.text import value_text

    parts = [INTRODUCTION]
    for seed, (name, recipe) in enumerate(table.items()):
        parts.append(
            f"## {name}\n\n![{name}](gallery/{name}.jpg)\n\n{recipe.about}\n\n"
            f"    dreamcore sky {name}.png --size {SIZE[0]}x{SIZE[1]} --seed {seed}"
            f"{f' --scene {SCENES[name]}' if name in SCENES else ''}\n"
            f"    dreamcore animate {name}.png {name}.gif --recipe {name}\n"
        )
    parts.append(OWN)
    tables = {"": Sequence, **{f"[{name}] ": table for name, table in SECTIONS.items()}}
    rows = [
        ("", ABOUT),
        ("", PICTURE),
        *((place, row) for place, table in tables.items() for row in table.parameters().values()),
    ]
    parts += [f"| {place}`{row.name}` | `{value_text(row.default)}` | {row.help} |" for place, row in rows]
    return "\n".join(parts) + "\n"


def main():
    from dreamcore import load_network, tune_process

    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("names", metavar="RECIPE", nargs="*")
    options.add_argument("--model", default="dreamlet")
    options.add_argument("--page", action="store_true", help="write the page only")
    options.add_argument("--out", type=Path, default=DOCS)
    given = options.parse_args()
    table = recipes()
    names = list(table)
    (given.out / "gallery").mkdir(parents=True, exist_ok=True)
    (given.out / "gallery.md").write_text(page(table), encoding="utf-8")
    if given.page:
        return
    tune_process()
    network = load_network(given.model)
    for name in given.names or names:
        path = given.out / "gallery" / f"{name}.jpg"
        frames = frames_of(table[name], network, SCENES.get(name, "sky"), names.index(name))
        strip(frames).save(path, quality=85, optimize=True)
        print(f"{path}  {path.stat().st_size // 1024} KB", flush=True)


if __name__ == "__main__":
    main()
