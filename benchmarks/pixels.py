"""Time and memory against pixels, and what was foretold: `python benchmarks/pixels.py [--largest 25] [--plot PNG]`.

Each size runs in a process of its own within 2 GB, started as the command `dreamcore` starts itself, one octave.
"""

import json
import os
import subprocess
import sys
from math import log10
from pathlib import Path
from time import perf_counter

import click
import numpy as np

from dreamcore import DreamError, dream, load_network, tune_process
from dreamcore.ascent import estimate
from dreamcore.process.environment import prepared

ENDS = {"bvlc_googlenet": "inception_4c/output", "dreamlet": "objects"}
SIZES = ((368, 272), (512, 512), (1024, 768), (2048, 1536), (2828, 2121), (4000, 3000), (6000, 4000))
LIMIT = 2 * 10**9
COLOURS = {"bvlc_googlenet": (180, 60, 20), "dreamlet": (20, 90, 180)}


def one(model, width, height, steps):
    """Dream noise; print megapixels, seconds of a step, megabytes at the peak, and what was foretold of both."""
    from network import own_peak  # the folder of a script, as which this process was started, is searched

    tune_process()
    network, picture = load_network(model, device="cpu"), np.empty((height, width, 3), np.float32)
    random = np.random.default_rng(0)
    for row in picture:
        row[:] = random.uniform(60, 200, (width, 3))
    given = {"layer": ENDS[model], "octaves": 1, "iterations": steps, "memory": LIMIT}
    foretold = estimate(network, (width, height), **given)
    start = perf_counter()
    dream(picture, network, seed=0, **given)
    spent, peak = perf_counter() - start, own_peak() * 2**20
    found = width * height, spent / steps, peak, foretold.seconds / steps, foretold.memory
    print(json.dumps([value / scale for value, scale in zip(found, (1e6, 1, 1e6, 1, 1e6), strict=True)]))


def plot(figures, path):
    """Draw seconds and megabytes against megapixels, both axes logarithmic."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (760, 330), "white")
    draw = ImageDraw.Draw(image)
    for panel, (title, low, high) in enumerate((("seconds for one step", -2, 2), ("MB at the peak", 2, 4))):
        left, top, width, height = 50 + panel * 375, 30, 310, 250

        def place(megapixels, value, left=left, top=top, width=width, height=height, low=low, high=high):
            return (left + width * (log10(megapixels) + 1.2) / 2.8, top + height * (high - log10(value)) / (high - low))

        draw.rectangle((left, top, left + width, top + height), outline="black")
        draw.text((left, top - 18), title, fill="black")
        for power in range(low, high + 1):
            y = place(1, 10.0**power)[1]
            draw.line((left, y, left + width, y), fill=(220, 220, 220))
            draw.text((left - 34, y - 6), f"{10.0**power:g}", fill="black")
        for tick in (0.1, 1, 10, 24):
            x = place(tick, 10.0**low)[0]
            draw.line((x, top, x, top + height), fill=(220, 220, 220))
            draw.text((x - 8, top + height + 4), f"{tick:g}", fill="black")
        draw.text((left + width // 2 - 30, top + height + 18), "megapixels", fill="black")
        for number, (model, rows) in enumerate(figures.items()):
            points = [place(row[0], row[1 + panel]) for row in rows]
            draw.line(points, fill=COLOURS[model], width=2)
            for x, y in points:
                draw.ellipse((x - 3, y - 3, x + 3, y + 3), fill=COLOURS[model])
            draw.text((left + 8, top + 6 + 14 * number), model, fill=COLOURS[model])
        if panel:
            y = place(1, LIMIT / 1e6)[1]
            draw.line((left, y, left + width, y), fill=(150, 150, 150))
            draw.text((left + width - 60, y - 13), "the limit", fill=(110, 110, 110))
    image.quantize(32).save(path, optimize=True)


@click.command()
@click.option("--largest", default=4.0, show_default=True, help="Megapixels.")
@click.option("--steps", default=1, show_default=True)
@click.option("--models", default=",".join(ENDS), show_default=True)
@click.option("--figures", type=click.Path(), help="Draw these, from an earlier run, instead of measuring.")
@click.option("--json", "out", type=click.Path(), help="Also write the figures there.")
@click.option("--plot", "picture", type=click.Path(), help="Draw them.")
@click.option("--one", "job", nargs=3, hidden=True)
def main(largest, steps, models, figures, out, picture, job):
    if job:
        return one(job[0], int(job[1]), int(job[2]), steps)
    found = json.loads(Path(figures).read_text()) if figures else measured(models.split(","), largest, steps)
    if out:
        Path(out).write_text(json.dumps(found, indent=1) + "\n")
    if picture:
        plot(found, picture)


def measured(models, largest, steps):
    found = {}
    print(f"{'':16} {'MP':>6} {'s/step':>8} {'foretold':>8} {'s/MP':>6} {'MB':>6} {'foretold':>8}")
    for model in models:
        try:
            load_network(model, device="cpu")
        except DreamError as error:
            print(f"{model}: left out, {error}")
            continue
        for width, height in SIZES:
            if width * height <= largest * 1e6:
                command = [sys.executable, __file__, "--steps", str(steps), "--one", model, str(width), str(height)]
                environment = prepared(os.environ)
                run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
                row = json.loads(run.stdout)
                found.setdefault(model, []).append(row)
                size, spent, peak, seconds, memory = row
                figures = f"{size:6.2f} {spent:8.2f} {seconds:8.2f} {spent / size:6.2f} {peak:6.0f} {memory:8.0f}"
                print(f"{model:16} {figures}", flush=True)
    return found


if __name__ == "__main__":
    main()
