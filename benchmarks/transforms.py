"""Milliseconds per transform at 640x480 and 1920x1080: `python benchmarks/transforms.py [--model NAME] [NAME ...]`.

With a model, also as a share of one default dream of the same size.
"""

import time

import click
import numpy as np

from dreamcore.transforms import REGISTRY, Context, parse

SIZES = ((640, 480), (1920, 1080))
# Defaults that would do nothing, or not the most, and transforms that need others inside.
MORE = {
    "affine": ["affine([0.98, 0.02, -0.02, 0.98])"],
    "zoom": ["zoom(0.05)", "zoom(0.05, order=3)"],
    "roll": ["roll(shift=n/15)", "roll(rows, shift=sine())", "roll(shift=random(-5, 5))"],
    "colour_matrix": ["colour_matrix([0, 1, 0, 0, 0, 1, 1, 0, 0])"],
    "gaussian": ["gaussian(1)", "gaussian(12)"],
    "bilateral": ["bilateral(2)", "bilateral(3)"],
    "hold": ["hold(mean)", "hold(contrast)", "hold(histogram)"],
    "pixel_sort": ["pixel_sort(rows)", "pixel_sort(columns, by=hue)"],
    "palette_flatten": ["palette_flatten(8)", "palette_flatten(64)"],
    "palette_shift": ["palette_shift(1)", "palette_shift(1, colours=64)"],
    "blend": ["blend(0.5)", "blend(0.5, mode=screen)"],
    "jpeg": ["jpeg(10)", "jpeg(10, damage=5)"],
    "bit_crush": ["bit_crush(4, pixels=4)"],
    "regions": ["regions(zoom(0.05))"],
    "box": ["box(zoom(0.05))"],
    "mask": ["mask(zoom(0.05))"],
    "chain": [],
    "every": [],
    "alternate": [],
    "random_choice": [],
    "from_frame": [],
    "until_frame": [],
}


def picture(width, height, seed):
    """Smooth colours with some grain."""
    rng = np.random.default_rng(seed)
    coarse = np.kron(rng.uniform(0, 255, (height // 8 + 1, width // 8 + 1, 3)), np.ones((8, 8, 1)))
    return np.clip(coarse[:height, :width] + rng.normal(0, 8, (height, width, 3)), 0, 255).astype(np.float32)


def milliseconds(step, frame, context, runs=3):
    step(frame, context)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        step(frame, context)
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def dream_milliseconds(model, frame):
    from dreamcore import dream, load_network, tune_process

    tune_process()
    network = load_network(model)
    start = time.perf_counter()
    dream(frame, network, seed=0)
    return 1000 * (time.perf_counter() - start)


@click.command()
@click.argument("names", nargs=-1)
@click.option("--model", help="Compare with a default dream of this model.")
def main(names, model):
    """Print milliseconds per transform."""
    scenes = [(picture(*size, 0), Context(3, original=picture(*size, 1), previous=picture(*size, 2))) for size in SIZES]
    dreams = [dream_milliseconds(model, frame) for frame, _ in scenes] if model else ()
    share = "share" if model else ""
    print(f"{'best of 3, ms':44}" + "".join(f"{f'{width}x{height}':>12}{share:>7}" for width, height in SIZES))
    if model:
        print(f"{f'a dream of {model}':44}" + "".join(f"{dream:12.0f}{'100%':>7}" for dream in dreams))
    for name in names or REGISTRY:
        for text in MORE.get(name, [f"{name}()"]):
            step = parse(text)
            times = [milliseconds(step, *scene) for scene in scenes]
            shares = [f"{used / dream:.1%}" for used, dream in zip(times, dreams, strict=True)] if model else ["", ""]
            print(
                f"{text:44}" + "".join(f"{used:12.1f}{share:>7}" for used, share in zip(times, shares, strict=True)),
                flush=True,
            )


if __name__ == "__main__":
    main()
