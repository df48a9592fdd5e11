"""Milliseconds per transform at 640x480 and 1920x1080: `python benchmarks/transforms.py [NAME ...]`."""

import sys
import time

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
    "chain": [], "every": [], "alternate": [], "random_choice": [], "from_frame": [], "until_frame": [],
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


def main(names):
    print(f"{'best of 3, ms':44}" + "".join(f"{f'{width}x{height}':>12}" for width, height in SIZES))
    scenes = [(picture(*size, 0), Context(3, original=picture(*size, 1), previous=picture(*size, 2))) for size in SIZES]
    for name in names or REGISTRY:
        for text in MORE.get(name, [f"{name}()"]):
            step = parse(text)
            print(f"{text:44}" + "".join(f"{milliseconds(step, *scene):12.1f}" for scene in scenes), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
