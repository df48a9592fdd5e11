"""Make docs/gallery.md and its strips of frames: `python tools/gallery.py [RECIPE ...]`.

Without names it makes all of them. The model is the one that comes with the program, or `--model NAME`.
"""

import argparse
from pathlib import Path

import numpy as np

DOCS = Path(__file__).resolve().parents[1] / "docs"
SIZE = 320, 240         # of the dreams
SHOWN = 200, 150        # of a frame in a strip
COUNT = 6
GAP = 4

INTRODUCTION = """# The gallery

Each recipe is one command. The strips are made with what comes with the program: the picture that `dreamcore sky`
draws and the model `dreamlet`, at 320x240; larger networks dream richer figures. The first twelve are those of the post
that started all this, the rest are new. `dreamcore recipes show NAME` prints a recipe to copy and change.

    dreamcore sky sky.png --size 320x240
"""


POST = ("basic-zoom", "vertical-stretch", "reversed-vertical-stretch", "column-rolling", "dogesine", "random-shifts",
        "always-downward", "game-of-doge", "you-wow-or-you-die", "prewitt", "edge-invention", "gaussian")


def frames_of(recipe, network):
    """The frames of a strip, in the order of the animation."""
    from dreamcore.ascent import guide_from, l2
    from dreamcore.pictures import sky
    from dreamcore.sequence import dream_sequence

    picture = sky(*SIZE)
    objective = guide_from(picture) if recipe.guide else l2
    wanted = np.linspace(0, recipe.frames - 1, COUNT).round().astype(int)
    loop = dream_sequence(picture, network, frames=recipe.frames, transform=recipe.transform, seed=recipe.seed,
                          objective=objective, **recipe.dream_for(network))
    frames = [frame for number, frame in enumerate(loop) if number in wanted]
    return frames[::-1] if recipe.animation.get("reverse") else frames


def strip(frames):
    """One picture of the frames side by side."""
    from PIL import Image

    from dreamcore.pictures import to_bytes

    width, height = SHOWN
    out = Image.new("RGB", (COUNT * (width + GAP) - GAP, height), "white")
    for number, frame in enumerate(frames):
        out.paste(Image.fromarray(to_bytes(frame)).resize(SHOWN, Image.Resampling.LANCZOS), (number * (width + GAP), 0))
    return out


def page(recipes):
    """The text of docs/gallery.md."""
    parts = [INTRODUCTION]
    for name, recipe in recipes.items():
        parts.append(f"## {name}\n\n![{name}](gallery/{name}.jpg)\n\n{recipe.about}\n\n"
                     f"    dreamcore animate sky.png {name}.gif --recipe {name}\n")
    return "\n".join(parts)


def main():
    from dreamcore import load_network
    from dreamcore.sequence.recipe import SHIPPED, load_recipe

    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("names", metavar="RECIPE", nargs="*")
    options.add_argument("--model", default="dreamlet")
    options.add_argument("--out", type=Path, default=DOCS)
    given = options.parse_args()
    names = [*POST, *sorted({path.stem for path in SHIPPED.glob("*.toml")}.difference(POST))]
    recipes = {name: load_recipe(SHIPPED / f"{name}.toml") for name in names}
    network = load_network(given.model)
    (given.out / "gallery").mkdir(parents=True, exist_ok=True)
    (given.out / "gallery.md").write_text(page(recipes))
    for name in given.names or names:
        path = given.out / "gallery" / f"{name}.jpg"
        strip(frames_of(recipes[name], network)).save(path, quality=85, optimize=True)
        print(f"{path}  {path.stat().st_size // 1024} KB", flush=True)


if __name__ == "__main__":
    main()
