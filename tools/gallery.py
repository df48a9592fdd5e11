"""Make docs/gallery.md and its strips of frames: `python tools/gallery.py [RECIPE ...]`.

Without names it makes all of them, with `--page` only the page, and with `--moving` animations for the site, in
build/gallery, of which those that are there and still the same are not made again. The model is the one that comes
with the program.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
DOCS, MOVING = ROOT / "docs", ROOT / "build" / "gallery"
SIZE = 200, 150  # of the dreams, and of a frame in a strip
COUNT = 6  # frames in a strip: out of all of a short sequence, or out of the beginning of a long one
SHORT, BEGINNING, RENEWED = 16, 11, 76  # the last where it shows only late what a recipe does
GAP = 4
MOVING_SIZE, LONGEST = (240, 180), 36  # of the animations: pixels, and frames that are dreamed
LARGEST = 400_000  # bytes of an animated WebP
QUALITIES = (85, 75, 65, 55, 45, 35, 25, 15, 5)
LOSSY = 60  # of the GIFs, which browsers show that know no WebP

INTRODUCTION = """# The gallery

Each recipe is one command. The strips are made with what comes with the program: the skies, meadows, cities and
portraits that `dreamcore sky` draws and the model `dreamlet`, at 200x150; larger networks dream richer figures. The
first twelve are those of the post "Different Distortions" of 2015, the rest are new. `dreamcore recipes show NAME`
prints a recipe to copy and change. `make gallery docs` makes a page on which all of them move. What objectives, looks
and other means do is in [the gallery of means](gallery-means.md).
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


def moving_job(recipe, network, scene, seed):
    """The job of an animation: the recipe's own, neither longer nor with more frames in between than a page needs."""
    from dreamcore.scenes import SCENES as DRAWN
    from dreamcore.sequence import make_job

    sequence, picture = recipe.sequence, DRAWN[scene](*MOVING_SIZE, seed)
    frames, between = min(sequence.frames, LONGEST), min(sequence.between, 1)
    return make_job(picture, network, recipe, frames=frames, between=between, plays=0)


def write_moving(name, job, folder):
    """Write a job's frames as WebP, GIF and, for who wants no motion, a JPEG; return whether they were not there."""
    from dreamcore.sequence import run
    from wand_tools import make_animation

    made_of = json.dumps([job.notes(), LARGEST, QUALITIES, LOSSY], sort_keys=True, default=str)
    key, webp, gif, still = (folder / f"{name}.{suffix}" for suffix in ("key", "webp", "gif", "jpg"))
    digest = hashlib.sha256(made_of.encode()).hexdigest()
    if key.exists() and key.read_text() == digest:
        return False
    key.unlink(missing_ok=True)
    frames, exact = list(run(job)), folder / f".{name}.png"
    played = {"durations": [delay / 100 for delay in job.delays], **job.timing, "force": True}
    make_animation(frames, gif, lossy=LOSSY, **played)
    make_animation(frames, exact, **played)
    write_webp(exact, webp, still)
    exact.unlink()
    key.write_text(digest)
    return True


def write_webp(animation, webp, still):
    """Write an animation as the best WebP that is small enough, and the frame in its middle as a JPEG."""
    from PIL import Image, ImageSequence

    with Image.open(animation) as image:
        frames, times = [], []
        for frame in ImageSequence.Iterator(image):
            frames.append(frame.convert("RGB"))
            times.append(frame.info["duration"])
    for quality in QUALITIES:
        frames[0].save(webp, save_all=True, append_images=frames[1:], duration=times, quality=quality, method=4)
        if webp.stat().st_size < LARGEST:
            break
    frames[len(frames) // 2].save(still, quality=85, optimize=True)


def page(table):
    """The text of docs/gallery.md."""
    from dreamcore.parameters import Sequence
    from dreamcore.sequence.recipe import ABOUT, PICTURE, SECTIONS
    from dreamcore.text import value_text

    parts = [INTRODUCTION]
    for seed, (name, recipe) in enumerate(table.items()):
        parts.append(
            f"## {name}\n\n![{name}: {COUNT} of its frames](gallery/{name}.jpg)\n\n{recipe.about}\n\n"
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
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("names", metavar="RECIPE", nargs="*")
    options.add_argument("--model", default="dreamlet")
    what = options.add_mutually_exclusive_group()
    what.add_argument("--page", action="store_true", help="write the page only")
    what.add_argument("--moving", action="store_true", help="write animations for the site")
    options.add_argument("--out", type=Path, help="the folder, docs or build/gallery unless told otherwise")
    given = options.parse_args()
    given.out = given.out or (MOVING if given.moving else DOCS)
    table = recipes()
    if given.moving:
        move(table, given)
    else:
        draw(table, given)


def move(table, given):
    """Make the animations."""
    from dreamcore import load_network, tune_process

    tune_process()
    network, names = load_network(given.model), list(table)
    given.out.mkdir(parents=True, exist_ok=True)
    for name in given.names or names:
        job = moving_job(table[name], network, SCENES.get(name, "sky"), names.index(name))
        is_new, path = write_moving(name, job, given.out), given.out / f"{name}.webp"
        print(f"{path}  {path.stat().st_size // 1000} kB{'' if is_new else ', as it was'}", flush=True)


def draw(table, given):
    """Make the page, and the strips."""
    from dreamcore import load_network, tune_process

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
