"""What `smooth`, `blur`, `colour` and `robustness` do to dreams: `python benchmarks/looks.py [PICTURE ...]`.

For each network a table, of which each row is the mean over the pictures. *Fringes* are the chroma at fine scale (the
energy of the colours less their mean, above a quarter of the Nyquist frequency) of the dream over that of the picture.
*Objective* is what the network says of the dream, as a share of what it says of the dream without a look. *As far* is
with as many iterations as it takes to get as far as that dream: how many, and the fringes then. *Step* is what one
costs more of the processor's time.

`--colours FOLDER` prints the correlation of the colours of photographs. `--sheet FILE` draws what docs/looks.md shows.
"""

import copy
from pathlib import Path
from time import process_time

import click
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dreamcore import DreamError, dream, load_network, tune_process
from dreamcore.pictures import read_picture, to_bytes
from dreamcore.sky import draw_sky

SHARED = Path(__file__).resolve().parents[2] / "shared"
LOOKS = {
    "off": {},
    "smooth 0.5": {"smooth": 0.5},
    "smooth 1": {"smooth": 1},
    "blur 1": {"blur": 1},
    "colour 0.5": {"colour": 0.5},
    "colour 1": {"colour": 1},
    "robustness 5": {"robustness": 5},
    "smooth 0.5, colour 1, robustness 5": {"smooth": 0.5, "colour": 1, "robustness": 5},
}
SHOWN = ("off", "smooth 1", "blur 1", "colour 1", "robustness 5", "smooth 0.5, colour 1, robustness 5")
DREAM = {"octaves": 3, "seed": 0}
ITERATIONS = 10, 12, 15, 19, 24, 30  # of the dreams, and those that are tried to get as far
SIZE = 240, 180
FINE = 0.5 / 4  # cycles per pixel: a quarter of the Nyquist frequency


def small(path):
    """A picture of about 240x180 pixels."""
    with Image.fromarray(to_bytes(read_picture(path).rgb)) as image:
        scale = max(SIZE[0] / image.width, SIZE[1] / image.height)
        image = image.resize([round(side * scale) for side in image.size], Image.Resampling.LANCZOS)
        left, top = (image.width - SIZE[0]) // 2, (image.height - SIZE[1]) // 2
        return np.asarray(image.crop((left, top, left + SIZE[0], top + SIZE[1])), np.float32)


def pictures(paths):
    """The pictures that are given; the photographs beside the checkout, or else skies."""
    return [small(path) for path in paths or sorted(SHARED.glob("images/*.jpg"))] or [draw_sky(*SIZE, 0)]


def fine_chroma(picture):
    """Return the energy of a picture's chroma at fine scale; (H, W, 3) in 0..255."""
    chroma = np.clip(picture, 0, 255) - np.clip(picture, 0, 255).mean(-1, keepdims=True)
    height, width = picture.shape[:2]
    window = np.outer(np.hanning(height), np.hanning(width))[..., None]
    energy = np.abs(np.fft.fft2((chroma - chroma.mean((0, 1))) * window, axes=(0, 1))) ** 2
    return energy[np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)) > FINE].sum()


def reached(network, picture, dreamed):
    """Return what the network says of a dream: the objective at the role "objects"."""
    from dreamcore.ascent.layout import to_data

    return float(network.gradient(to_data(np.clip(dreamed, 0, 255), network).numpy(), network.roles["objects"])[0])


def figures(network, picture, look, goal):
    """Return fringes and objective of a dream; iterations and fringes of the first that gets as far as the goal."""
    for iterations in ITERATIONS:
        dreamed = dream(picture, network, iterations=iterations, **DREAM, **look)
        fringes = fine_chroma(dreamed) / fine_chroma(picture)
        share = reached(network, picture, dreamed) / goal
        if iterations == ITERATIONS[0]:
            first = fringes, share
        if share >= 1:
            return *first, iterations, fringes
    return *first, np.nan, np.nan


def least(work, runs):
    """Return the seconds of the processor that some work takes, the least of several times."""
    seconds = []
    for _ in range(runs):
        start = process_time()
        work()
        seconds.append(process_time() - start)
    return min(seconds)


def costs(network, picture, runs):
    """Return what each look adds to a step, as a share of it: of dreams whose gradient is there already."""
    from dreamcore.ascent.layout import to_data

    known, data, steps = copy.copy(network), to_data(picture, network), 5
    gradient = network.gradient(data, network.roles["objects"])[1]
    known.gradient = lambda *_: (gradient.sum(), gradient.clone())
    step = {
        name: least(lambda look=look: dream(picture, known, octaves=1, iterations=steps, seed=0, **look), runs) / steps
        for name, look in LOOKS.items()
    }
    whole = step["off"] + least(lambda: network.gradient(data, network.roles["objects"]), runs)
    return {name: (each - step["off"]) / whole for name, each in step.items()}


def table(network, shown, runs):
    print(f"\n{network.name}\n\n| | fringes | objective | as far: iterations | fringes | step |\n|{'---|' * 6}")
    goals = [reached(network, each, dream(each, network, iterations=ITERATIONS[0], **DREAM)) for each in shown]
    cost = costs(network, np.tile(shown[0], (2, 2, 1)), runs)
    for name, look in LOOKS.items():
        rows = [figures(network, picture, look, goal) for picture, goal in zip(shown, goals, strict=True)]
        fringes, objective, iterations, then = np.mean(rows, 0)
        far = "- | -" if np.isnan(then) else f"{iterations:.0f} | {then:.2f}"
        print(f"| {name} | {fringes:.2f} | {objective:.2f} | {far} | {cost[name]:+.0%} |", flush=True)


def correlation(folder):
    """Print the correlation of red, green and blue over the pixels of a folder's pictures, each minus its mean."""
    total = np.zeros((3, 3))
    for path in sorted(folder.glob("*.jpg")):
        pixels = read_picture(path).rgb.reshape(-1, 3).astype(float)
        total += np.cov(pixels, rowvar=False, bias=True)
    deviation = np.sqrt(np.diag(total))
    print(np.round(total / np.outer(deviation, deviation), 2))
    print(
        "axes of its square root:",
        np.round(np.sqrt(np.linalg.eigvalsh(total)[::-1] / np.linalg.eigvalsh(total)[-1]), 2),
    )


def draw(network, shown, file):
    """Draw each picture beside its dreams, below what each is."""
    title = Image.new("RGB", (SIZE[0] * (len(SHOWN) + 1), 20), "white")
    for column, name in enumerate(("picture", *SHOWN)):
        ImageDraw.Draw(title).text((SIZE[0] * column + 4, 3), name, "black", ImageFont.load_default(12))
    rows = [np.hstack([each, *(dream(each, network, **DREAM, **LOOKS[name]) for name in SHOWN)]) for each in shown]
    Image.fromarray(to_bytes(np.vstack([np.asarray(title), *rows]))).save(file, quality=80, optimize=True)


@click.command()
@click.argument("paths", metavar="[PICTURE ...]", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--model", "models", multiple=True, default=("dreamlet", str(SHARED / "models/bvlc_googlenet")))
@click.option("--runs", default=10, show_default=True, help="Dreams of each look that are timed.")
@click.option("--colours", "folder", type=click.Path(exists=True, path_type=Path), help="Print a correlation instead.")
@click.option("--sheet", type=click.Path(path_type=Path), help="Draw a sheet instead.")
def main(paths, models, runs, folder, sheet):
    if folder:
        return correlation(folder)
    tune_process()
    for model in models:
        try:
            network = load_network(model, device="cpu")
        except DreamError as error:
            print(f"{model}: left out, {error}")
            continue
        if sheet:
            return draw(network, pictures(paths), sheet)
        table(network, pictures(paths), runs)


if __name__ == "__main__":
    main()
