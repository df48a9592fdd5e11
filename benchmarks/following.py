"""Clips of known motion, followed and dreamed frame by frame: `python benchmarks/following.py [PICTURE ...]`.

A clip is made of the drawn sky, or of the pictures that are given: a pan, a zoom, a cut-out that moves over what stands
still, a standing camera whose picture has noise, and a cut. Columns:

    warp       distance of a frame to the one before, carried along the known flow, where nothing was hidden
    alone      the same where each frame is dreamed for itself, faded to the same mean change
    gain       alone / warp
    change     mean distance of a frame to its source
    shimmer    mean distance of a frame to the one before where the source stands still; behind it, that of the source
    bright     mean of frame minus source: of the first frames and of the last ones
    contrast   standard deviation of frame minus source: of the first frames and of the last ones
    cuts       where the clip was begun anew, and where it should be
    s, flow    CPU seconds for each frame, and the part of them that is spent on finding and carrying the motion
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import click
import numpy as np

SIZE = 240, 160
FAR = 720, 480  # of the pictures that the clips are cut out of


@dataclass
class Scene:
    """A clip, and of each frame the flow back to the one before, what was seen there, and what stands still."""

    name: str
    frames: list
    flows: list
    seen: list
    still: list
    cuts: tuple = ()


def grid():
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]].astype(np.float32)
    return columns, rows


def sample(picture, columns, rows):
    import cv2

    return cv2.remap(picture, np.float32(columns), np.float32(rows), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def inside(columns, rows):
    return (columns >= 0) & (columns <= SIZE[0] - 1) & (rows >= 0) & (rows <= SIZE[1] - 1)


def pan(picture, count, across=2.3, down=0.7):
    columns, rows = grid()
    frames = [sample(picture, columns + 100 + across * n, rows + 100 + down * n) for n in range(count)]
    flow = np.broadcast_to(np.float32([across, down]), (*columns.shape, 2))
    seen = inside(columns + across, rows + down)
    return Scene("pan", frames, [flow] * count, [seen] * count, [~seen & False] * count)


def zoom(picture, count, factor=1.015):
    columns, rows = grid()
    x, y = columns - (SIZE[0] - 1) / 2, rows - (SIZE[1] - 1) / 2
    scales = [1.8 / factor**n for n in range(count)]
    frames = [sample(picture, FAR[0] / 2 + x * scale, FAR[1] / 2 + y * scale) for scale in scales]
    flow = np.dstack([x, y]) * np.float32(1 / factor - 1)
    every = np.ones(columns.shape, bool)
    return Scene("zoom", frames, [flow] * count, [every] * count, [~every] * count)


def cut_out(picture, other, count, across=3.0, down=1.0):
    columns, rows = grid()
    ground = sample(picture, columns + 200, rows + 200)
    scene = Scene("cut-out", [], [], [], [])
    before = None
    for n in range(count):
        x, y = columns - 60 - across * n, rows - 60 - down * n
        shape = np.clip(34 * (1 + np.cos(3 * np.arctan2(y, x)) / 4) + 0.5 - np.hypot(x, y), 0, 1)
        front = sample(other, x + 360, y + 260)
        scene.frames.append(ground + shape[..., None] * (front - ground))
        moves = shape > 0.5
        scene.flows.append(np.where(moves[..., None], np.float32([-across, -down]), np.float32(0)))
        hidden = shape if before is None else before
        scene.seen.append(np.where(moves, shape == 1, (shape == 0) & (hidden == 0)))
        scene.still.append((shape == 0) & (hidden == 0))
        before = shape
    return scene


def standing(picture, count, noise=2.0):
    columns, rows = grid()
    rng, frame = np.random.default_rng(1), sample(picture, columns + 100, rows + 100)
    every = np.ones(columns.shape, bool)
    frames = [frame + rng.normal(0, noise, frame.shape) for _ in range(count)]
    return Scene(
        "standing", frames, [np.zeros((*columns.shape, 2), np.float32)] * count, [every] * count, [every] * count
    )


def cut(picture, other, count):
    first, second = pan(picture, count // 2), zoom(other, count - count // 2)
    parts = [
        [*one, *two] for one, two in zip(list(vars(first).values())[1:5], list(vars(second).values())[1:5], strict=True)
    ]
    parts[2][count // 2] = np.zeros_like(parts[2][0])  # nothing goes on
    return Scene("cut", *parts, cuts=(count // 2,))


def scenes(pictures, count):
    one, other = pictures[0], pictures[-1]
    return [pan(one, count), zoom(one, count), cut_out(one, other, count), standing(one, count), cut(one, other, count)]


def read(path, seed):
    from PIL import Image

    from dreamcore.pictures import read_picture, to_bytes
    from dreamcore.sky import draw_sky

    if path is None:
        return draw_sky(*FAR, seed)
    return np.asarray(
        Image.fromarray(to_bytes(read_picture(path).rgb)).resize(FAR, Image.Resampling.LANCZOS), np.float32
    )


def warped(frame, flow):
    columns, rows = grid()
    return sample(frame, columns + flow[..., 0], rows + flow[..., 1])


def mean_where(values, where):
    return float(values.mean(-1)[where].mean()) if where.any() else float("nan")


def steps(scene, frames, along=True):
    """Mean distances of neighbouring frames, carried along where something moves, or where all stands still."""
    numbers = range(1, len(frames))
    if along:
        pairs = (
            (frames[n] - warped(frames[n - 1], scene.flows[n]), scene.seen[n]) for n in numbers if scene.seen[n].any()
        )
    else:
        pairs = ((frames[n] - frames[n - 1], scene.still[n]) for n in numbers if scene.still[n].any())
    found = [mean_where(np.abs(difference), where) for difference, where in pairs]
    return float(np.mean(found)) if found else float("nan")


class Watched:
    """Counts the seconds spent in functions of `following`, and the cuts."""

    def __init__(self, module):
        self.seconds, self.cuts, self.number = 0.0, [], 0
        for name in ("find_motion", "carry", "held"):
            setattr(module, name, self.timed(getattr(module, name)))

    def timed(self, function):
        def call(*arguments, **options):
            begun = time.process_time()
            result = function(*arguments, **options)
            self.seconds += time.process_time() - begun
            if hasattr(result, "is_cut"):
                self.number += 1
                self.cuts += [self.number] if result.is_cut else []
            return result

        return call


def dreamed(scene, network, follow, watched, **parameters):
    """The frames of a scene, dreamed; and the CPU seconds for each."""
    from dreamcore import make_job, run
    from dreamcore.sequence.clips import Clip
    from wand_tools import open_source

    watched.seconds, watched.cuts, watched.number = 0.0, [], 0
    job = make_job(Clip(open_source(scene.frames)), network, follow=follow, **parameters)
    begun = time.process_time()
    frames = list(run(job))
    return frames, (time.process_time() - begun) / len(frames)


@click.command()
@click.argument("pictures", nargs=-1, type=click.Path(exists=True))
@click.option("--model", default="dreamlet", show_default=True)
@click.option("--frames", "count", default=12, show_default=True)
@click.option("--follow", default=None, type=float, help="By default that of the program.")
@click.option("--iterations", default=6, show_default=True)
@click.option("--octaves", default=3, show_default=True)
@click.option("--layer", default="objects", show_default=True)
@click.option(
    "--strips", type=click.Path(), help="A folder for pictures of every third frame: source, alone, followed."
)
def main(pictures, model, count, follow, strips, **parameters):
    """Print a table."""
    from pathlib import Path

    from dreamcore import load_network, tune_process
    from dreamcore.parameters import Video
    from dreamcore.pictures import to_bytes, write_picture
    from dreamcore.sequence import following

    tune_process()
    network, watched = load_network(model, device="cpu"), Watched(following)
    follow = Video.parameters()["follow"].default if follow is None else follow
    print(f"{model}, {SIZE[0]}x{SIZE[1]}, {count} frames, follow {follow:g}, {parameters}")
    heads = (
        "warp",
        "alone",
        "gain",
        "change",
        "shimmer",
        "source",
        "bright",
        "",
        "contrast",
        "",
        "cuts",
        "wanted",
        "s",
        "flow",
    )
    print(f"{'':10}" + "".join(f"{head:>9}" for head in heads))
    for scene in scenes([read(path, seed) for seed, path in enumerate(pictures or (None, None))], count):
        scene.frames = [np.float32(to_bytes(frame)) for frame in scene.frames]
        alone, _ = dreamed(scene, network, 0, watched, **parameters)
        frames, seconds = dreamed(scene, network, follow, watched, **parameters)
        added = [frame - source for frame, source in zip(frames, scene.frames, strict=True)]
        change = float(np.mean(np.abs(added)))
        share = change / float(np.mean(np.abs(np.subtract(alone, scene.frames))))
        faded = [source + share * (frame - source) for frame, source in zip(alone, scene.frames, strict=True)]
        warp, least = steps(scene, frames), steps(scene, faded)
        ends = [added[:3], added[-3:]]
        row = [f"{each:.2f}" for each in (warp, least, least / warp, change, steps(scene, frames, False))]
        row += [f"{steps(scene, scene.frames, False):.2f}", *(f"{np.mean(each):.2f}" for each in ends)]
        row += [*(f"{np.std(each):.2f}" for each in ends), str(watched.cuts), str(list(scene.cuts)), f"{seconds:.2f}"]
        row += [f"{watched.seconds / len(frames) / seconds:.0%}"]
        print(f"{scene.name:10}" + "".join(f"{each:>9}" for each in row), flush=True)
        if strips:
            Path(strips).mkdir(exist_ok=True)
            picked = [np.hstack([to_bytes(each) for each in film[::3]]) for film in (scene.frames, alone, frames)]
            write_picture(Path(strips) / f"{scene.name}.png", np.vstack(picked))


if __name__ == "__main__":
    main()
