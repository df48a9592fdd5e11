"""How well dreamlet stands in for GoogLeNet: `python benchmarks/dreamlet.py [PICTURES GOOGLENET]`.

*Dream transfer* is the figure that matters: a picture is dreamed with dreamlet alone, and GoogLeNet says how much its
own objective rose, as a share of what its own dream of the same steps raises. *Winners* is the entropy of which
channel is the strongest at a place, over all places of all pictures: of dreamlet's blob as a share of GoogLeNet's, and
below of GoogLeNet's blob in dreamlet's dreams as a share of that in its own. The pictures are those that training
keeps apart. `--draw FOLDER` draws what docs/dreamlet.md shows.
"""

import copy
import sys
import time
from pathlib import Path

import click
import numpy as np
import torch
from PIL import Image

import dreamcore
from dreamcore.ascent.layout import to_data
from dreamcore.pictures import read_picture
from dreamcore.sky import draw_sky

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
from train_embedded import split  # noqa: E402

SHARED = ROOT.parent / "shared"
ENDS = {"3b": ("dream_3b", "inception_3b/output"), "4c": ("dream_4c", "inception_4c/output")}
DREAM = {"octaves": 3, "iterations": 10, "seed": 0}


def random_steps(network):
    """The network with noise for a gradient: what steps of the same size do that know nothing."""
    noise = copy.copy(network)
    generator = torch.Generator().manual_seed(0)
    noise.gradient = lambda data, *_: (torch.zeros(()), torch.randn(data.shape, generator=generator))
    return noise


def seen(network, picture, end):
    """Return what a network sees of a picture: (C, places)."""
    blob = network.activations(to_data(picture, network), end)[end]
    return blob.reshape(len(blob), -1)


def energy(blob):
    return 0.5 * float(np.square(blob, dtype=np.float64).sum())


def entropy(blob):
    """Return the entropy, in bits, of which channel of a blob, (C, places), is the strongest at a place.

    >>> entropy(np.array([[1, 2, 0, 0], [0, 0, 3, 1]]))
    1.0
    """
    counts = np.unique(blob.argmax(0), return_counts=True)[1] / blob.shape[1]
    return float(-(counts * np.log2(counts)).sum())


def transfer(student, teacher, pictures):
    """Return, per blob, the share of the teacher's rise that the student's dreams and random steps reach.

    Mean and spread; and the entropy of what wins in the student's dreams, as the teacher sees them, over that in the
    teacher's.
    """
    rows = {}
    for blob, (own, end) in ENDS.items():
        shares, blobs = [], []
        for picture in pictures:
            dreams = [(teacher, end), (student, own), (random_steps(student), own)]
            start = energy(seen(teacher, picture, end))
            blobs.append(
                [seen(teacher, dreamcore.dream(picture, network, layer=each, **DREAM), end) for network, each in dreams]
            )
            best, reached, control = (energy(each) - start for each in blobs[-1])
            shares.append((reached / best, control / best))
        best, reached, _ = (entropy(np.hstack(each)) for each in zip(*blobs, strict=True))
        rows[blob] = np.mean(shares, axis=0), np.std(shares, axis=0), reached / best
    return rows


def likeness(student, teacher, pictures):
    """Return, per blob, R2 of the activations, the mean cosine of the input gradients, and the entropies' ratio."""
    rows = {}
    for blob, (own, end) in ENDS.items():
        wanted, got, cosines = [], [], []
        for picture in pictures:
            data = to_data(picture, teacher).numpy()
            for network, name, rows_of in ((teacher, end, wanted), (student, own, got)):
                rows_of.append(seen(network, picture, name))
            a, b = teacher.gradient(data, end)[1], student.gradient(data, own)[1]
            cosines.append(float((a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b))))
        wanted, got = np.hstack(wanted), np.hstack(got)
        unexplained = np.square(wanted - got).sum() / np.square(wanted - wanted.mean(1, keepdims=True)).sum()
        rows[blob] = 1 - unexplained, np.mean(cosines), entropy(got) / entropy(wanted)
    return rows


def time_ratio(student, teacher, size=320, runs=15):
    """Return the median of dreamlet's time for one gradient at its deepest blob over GoogLeNet's, run in turns."""
    data, ratios = torch.randn(3, size, size) * 50, []
    for _ in range(runs):
        times = []
        for network, end in ((teacher, ENDS["4c"][1]), (student, ENDS["4c"][0])):
            start = time.perf_counter()
            network.gradient(data, end)
            times.append(time.perf_counter() - start)
        ratios.append(times[1] / times[0])
    return float(np.median(ratios))


def draw(student, teacher, pictures, folder):
    """Write, for each picture, dreamlet's dream of every role above GoogLeNet's."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        rows = []
        for network in (student, teacher):
            dreams = [dreamcore.dream(picture, network, layer=end, octaves=4, seed=0) for end in network.roles.values()]
            rows.append(np.hstack([np.clip(each, 0, 255) for each in dreams]))
        Image.fromarray(np.vstack(rows).astype(np.uint8)).save(folder / f"{name}.jpg", quality=85, optimize=True)


def start_pictures():
    """The sky that the program draws and, where there are some, photographs."""
    pictures = {"drawn_sky": draw_sky(360, 270, 0)}
    for name, file in (("sky", "sky1024px.jpg"), ("cat", "cat.jpg")):
        if (SHARED / "images" / file).exists():
            with Image.open(SHARED / "images" / file) as image:
                image.thumbnail((360, 270), Image.BICUBIC)
                pictures[name] = np.asarray(image.convert("RGB"), np.float32)
    return pictures


@click.command()
@click.argument("pictures", default=SHARED / "training_images", type=click.Path(path_type=Path))
@click.argument("googlenet", default=SHARED / "models/bvlc_googlenet", type=click.Path(path_type=Path))
@click.option("--model", default="dreamlet", show_default=True)
@click.option("--apart", default=30, show_default=True, help="Pictures that training kept apart.")
@click.option("--draw", "folder", type=click.Path(path_type=Path), help="Draw pictures here instead.")
def main(pictures, googlenet, model, apart, folder):
    for path in (pictures, googlenet):
        if not path.is_dir():
            return print(f"no {path}: give a folder of pictures and one with GoogLeNet")
    student, teacher = dreamcore.load_network(model, device="cpu"), dreamcore.load_network(googlenet, device="cpu")
    if folder:
        return draw(student, teacher, start_pictures(), folder)
    held_out = [read_picture(path).rgb.astype(np.float32) for path in split(pictures, apart)[0]]
    print(f"time of a gradient at {ENDS['4c'][0]}, as a share of GoogLeNet's: {time_ratio(student, teacher):.2f}")
    print(
        f"\n{len(held_out)} pictures     " + "".join(f"{title:>20}" for title in ("R2", "gradient cosine", "winners"))
    )
    for blob, figures in likeness(student, teacher, held_out).items():
        print(f"{blob:16}" + "".join(f"{figure:20.2f}" for figure in figures), flush=True)
    print(f"\n10 pictures     {'dream transfer':>20}{'random steps':>20}{'winners':>20}")
    for blob, (mean, spread, winners) in transfer(student, teacher, held_out[:10]).items():
        shown = "".join(f"{m:12.2f} +- {s:.2f}" for m, s in zip(mean, spread, strict=True))
        print(f"{blob:16}{shown}{winners:20.2f}", flush=True)


if __name__ == "__main__":
    main()
