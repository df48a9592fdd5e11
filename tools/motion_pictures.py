"""Make the strips and animations of docs/motion.md: `python tools/motion_pictures.py [NAME ...]`."""

import sys
import warnings
from pathlib import Path

from gallery import strip as side_by_side

DOCS = Path(__file__).resolve().parents[1] / "docs/motion"
SIZE = 160, 120
MOST = 900_000  # bytes of an animation


def frames_of(recipe, seed, **parameters):
    from dreamcore import load_network
    from dreamcore.sequence import make_job, run
    from dreamcore.sky import draw_sky

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what was fitted
        job = make_job(draw_sky(*SIZE, seed), load_network("dreamlet"), recipe, **parameters)
    return job, list(run(job))


def strip(name, frames):
    """Write frames side by side."""
    side_by_side(frames).save(DOCS / f"{name}.jpg", quality=85, optimize=True)


def animation(name, job, frames):
    """Write a GIF that is small enough for a page."""
    from dreamcore.sequence import thinned
    from wand_tools import make_animation

    frames, delays = thinned(frames, job.delays)
    durations = [delay / 100 for delay in delays]
    made = make_animation(frames, DOCS / f"{name}.gif", durations=durations, max_size=MOST, force=True, **job.timing)
    print(made)


def between():
    _, frames = frames_of(None, 0, transform="zoom(0.15)", frames=5, between=3)
    strip("between", frames[-5:])


def endless_fall():
    job, frames = frames_of("endless-fall", 3)
    dreamed = frames[:: job.recipe.sequence.between + 1]
    strip("seam", dreamed[-3:] + dreamed[:3])
    animation("endless-fall", job, frames)


def ground_swell():
    animation("ground-swell", *frames_of("ground-swell", 11, frames=14))


def first_light():
    job, frames = frames_of("first-light", 7)
    strip("start", frames[:: 3 * (job.recipe.sequence.between + 1)][:6])


def back_to_shore():
    animation("back-to-shore", *frames_of("back-to-shore", 12, frames=16))


PICTURES = (between, endless_fall, ground_swell, first_light, back_to_shore)


if __name__ == "__main__":
    DOCS.mkdir(exist_ok=True)
    for make in PICTURES:
        if not sys.argv[1:] or make.__name__ in sys.argv[1:]:
            make()
