"""How smooth motion is, and how well loops close: `python benchmarks/motion.py [--model NAME] [--judge NAME] PICTURE`.

*Shimmer* is the frame-difference error of Xu and others (arXiv 2102.05822): the mean of |change between neighbouring
frames, output minus source|, where the source is the picture moved by the transform alone. Measured with three frames
moved in between two dreams, and where all of them are dreamed, one by one, each moved by a quarter of the transform.

*Seam* is the distance of a loop's last frame to its first over the median distance of neighbours: 1 is a loop of which
nobody can tell where it begins. `detail` is the least mean |Laplacian| of a frame over the mean of the first and last.
"""

import time
import warnings
from itertools import pairwise

import click
import numpy as np
from PIL import Image
from scipy import ndimage

import dreamcore
from dreamcore import sequence as dreams  # their `run` loads PyTorch, which is to come after `tune_process`
from dreamcore.pictures import as_picture, read_picture, to_bytes
from dreamcore.sequence import make_job
from dreamcore.sky import draw_sky
from dreamcore.transforms import Context, parse
from dreamcore.transforms.betweens import in_between
from dreamcore.transforms.chains import motion_of
from dreamcore.transforms.resampling import resample

BETWEEN = 3
MOVING = (
    "zoom(0.05)",
    "stretch(0.05)",
    "rotate(4)",
    "shear(0.05)",
    "perspective(0, down=0.1)",
    "swirl(14, radius=0.75)",
    "roll(columns, shift=8)",
    "roll(columns, shift=n/15)",
    "roll(columns, shift=sine(12, wavelength=60, speed=0.05))",
    "regions(2, columns=2, zoom(0.05), rotate(3), rotate(-3), roll(rows, shift=6))",
)
LOOPS = (
    "basic-zoom",
    "vertical-stretch",
    "dogesine",
    "column-rolling",
    "random-shifts",
    "game-of-doge",
    "four-winds",
    "whirlpool",
    "tilted-world",
    "own-echo",
    "palette-carousel",
    "gaussian",
)
JUDGED = "inception_4c/output"


def quarter(step):
    """A transform that moves by a part of another, in turn the same number of times."""

    def part(frame, context):
        number, place = divmod(context.number, BETWEEN + 1)
        motion = motion_of([(step, Context(number, context.seed, context.original))], frame.shape[:2])
        at, before = ((place + more) / (BETWEEN + 1) for more in (1, 0))
        return resample(frame, motion.mapping.part(at - before), order=1)

    return part


def shimmer(output, source):
    changes = ([after - before for before, after in pairwise(frames)] for frames in (output, source))
    return float(np.mean([np.abs(one - other).mean() for one, other in zip(*changes, strict=True)]))


def moved_alone(picture, step, count):
    """The frames that the transform makes of the picture without any dream, with those in between."""
    frames = [picture]
    for number in range(count - 1):
        context = Context(number, 0, picture)
        after = step(frames[-1], context)
        frames += [in_between(step, frames[-1], after, k / (BETWEEN + 1), context) for k in range(1, BETWEEN + 1)]
        frames.append(after)
    return frames


def timed(job):
    began = time.process_time()
    frames = list(dreams.run(job))
    return frames, time.process_time() - began


def smoothness(text, picture, network, frames, options):
    """Seconds of the dreams alone and with frames between, shimmer of the latter and of dreaming one by one."""
    step = parse(text)
    _, alone = timed(make_job(picture, network, transform=step, frames=frames, **options))
    between, seconds = timed(make_job(picture, network, transform=step, frames=frames, between=BETWEEN, **options))
    all_of_them = (frames - 1) * (BETWEEN + 1) + 1
    one_by_one, _ = timed(make_job(picture, network, transform=quarter(step), frames=all_of_them, **options))
    source = moved_alone(picture.rgb, step, frames)
    return seconds / alone, shimmer(between, source), shimmer(one_by_one, source)


def seam(distances):
    """The last distance, of the last to the first, over the median of the others."""
    return float(distances[-1] / np.median(distances[:-1]))


def round_trip(frames, distance):
    return [distance(before, after) for before, after in pairwise([*frames, frames[0]])]


def features(frame, judge):
    """What the judge sees in a frame, pooled over its places."""
    from dreamcore.ascent.layout import to_data  # loads PyTorch as well

    blob = judge.activations(to_data(frame, judge), JUDGED)[JUDGED]
    return blob.reshape(-1, *blob.shape[-2:]).mean((1, 2))


def detail(frame):
    return np.abs(ndimage.laplace(frame.mean(2))).mean()


def closing(name, picture, network, judge, frames, options):
    """Seams in pixels and in features, and the least detail."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what was fitted
        lap = list(dreams.run(make_job(picture, network, name, frames=frames, loop=True, between=0, **options)))
    pixels = seam(round_trip(lap, lambda one, other: np.abs(one - other).mean()))
    details = [detail(frame) for frame in lap]
    seen = None
    if judge:
        seen = seam(
            round_trip([features(frame, judge) for frame in lap], lambda one, other: np.linalg.norm(one - other))
        )
    return pixels, seen, min(details) / np.mean([details[0], details[-1]])


@click.command()
@click.argument("picture", required=False)
@click.option("--model", default="dreamlet", show_default=True)
@click.option("--judge", help="A model with GoogLeNet's layers, in whose features seams are measured, too.")
@click.option("--size", default=160, show_default=True, help="Width; the height is three quarters of it.")
@click.option("--frames", default=8, show_default=True, help="Dreams with frames in between; a loop has twice as many.")
@click.option("--iterations", default=10, show_default=True)
def main(picture, model, judge, size, frames, iterations):
    """Print the table."""
    dreamcore.tune_process()
    network, judge = dreamcore.load_network(model), judge and dreamcore.load_network(judge)
    shape = size, size * 3 // 4
    picture = fitted(read_picture(picture).rgb, shape) if picture else as_picture(draw_sky(*shape))
    options = {"iterations": iterations, "octaves": 3}
    list(dreams.run(make_job(picture, network, frames=2, between=1, **options)))  # the first ones load what they need
    print(f"{model}, {shape[0]}x{shape[1]}, {frames} dreams, {iterations} iterations, CPU seconds\n")
    print(f"{'transform':58}{'time':>8}{'shimmer':>9}{'one by one':>12}")
    for text in MOVING:
        row = smoothness(text, picture, network, frames, options)
        print(f"{text[:56]:58}{row[0]:7.2f}x{row[1]:9.2f}{row[2]:12.2f}", flush=True)
    print(f"\n{f'loop of {2 * frames} frames':58}{'seam':>8}{'features':>9}{'detail':>12}")
    for name in LOOPS:
        pixels, seen, least = closing(name, picture, network, judge, 2 * frames, options)
        print(f"{name:58}{pixels:8.2f}{'' if seen is None else f'{seen:.2f}':>9}{least:12.2f}", flush=True)


def fitted(rgb, size):
    return as_picture(np.asarray(Image.fromarray(to_bytes(rgb)).resize(size, Image.Resampling.LANCZOS), np.float32))


if __name__ == "__main__":
    main()
