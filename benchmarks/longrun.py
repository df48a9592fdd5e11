"""Whether a long run goes on inventing: `python benchmarks/longrun.py PICTURE OUT --recipe vertical-stretch`.

It dreams into OUT, where it goes on after it was stopped, and measures every 25th frame there: mean, contrast,
saturation, the share of values at 0 or 255, the entropy of colours, and novelty: the cosine distance of pooled features
from those 25 and 75 frames before, in GoogLeNet's inception_4c where `--judge` names it. OUT-strip.jpg shows these
frames, OUT-plot.png the curves, and OUT-table.md is the table. `--compare RUN` for each of some finished runs shows
them together: OUT-strips.jpg and OUT-plot.png.
"""

from itertools import groupby
from pathlib import Path

import click
import numpy as np
import torch
from PIL import Image

import dreamcore
from dreamcore.ascent.layout import to_data
from dreamcore.parameters import PARAMETERS
from dreamcore.pictures import as_picture, read_picture, to_bytes
from dreamcore.progress import Progress
from dreamcore.sequence import frame_files, make_job, write_frames
from dreamcore.sequence.plotting import Panel, plot_panels

STEP, FAR = 25, 75  # frames
STALE = 0.05  # novelty below which a run only shuffles
COLUMNS = ("mean", "contrast", "saturation", "clipped", "entropy", f"novelty {STEP}", f"novelty {FAR}")
SHARED = Path(__file__).resolve().parents[2] / "shared"
ACROSS, GAP = 7, 3  # of the strip: frames in a row, pixels between them


def colours(frame):
    """Return mean, contrast, saturation, share of clipped values and entropy of the colours of a frame, (H, W, 3)."""
    counts = np.unique((frame // 32).astype(int) @ (1, 8, 64), return_counts=True)[1] / frame[..., 0].size
    saturation = (frame.max(2) - frame.min(2)).mean()
    clipped = ((frame <= 0) | (frame >= 255)).mean()
    return [frame.mean(), frame.std(), saturation, clipped, -(counts * np.log2(counts)).sum()]


def features(frame, judge, layer):
    """Return the pooled features of a frame, of length 1."""
    pooled = judge.outputs(to_data(frame, judge), layer)[0].mean((1, 2)).numpy()
    return pooled / np.linalg.norm(pooled)


def measure(frames, judge, layer):
    """Return a row of `COLUMNS` for each of some frames that are STEP apart; without novelty at first, NaN."""
    rows, known = [], []
    for frame in frames:
        known.append(features(frame, judge, layer))
        past = [len(known) - 1 - distance // STEP for distance in (STEP, FAR)]
        rows.append([*colours(frame), *(1 - known[-1] @ known[each] if each >= 0 else np.nan for each in past)])
    return np.array(rows)


def longest_stale(novelty):
    """Return over how many frames on end a run only shuffled.

    >>> longest_stale(np.array([np.nan, 0.2, 0.04, 0.03, 0.1]))
    50
    """
    return max((STEP * len([*each]) for is_stale, each in groupby(novelty < STALE) if is_stale), default=0)


def strip(frames):
    """Return the frames in rows, as one picture."""
    height, width = frames[0].shape[:2]
    rows = -(-len(frames) // ACROSS)
    out = Image.new("RGB", (ACROSS * (width + GAP) - GAP, rows * (height + GAP) - GAP), "white")
    for place, frame in enumerate(frames):
        out.paste(Image.fromarray(to_bytes(frame)), (place % ACROSS * (width + GAP), place // ACROSS * (height + GAP)))
    return out


def table(numbers, rows):
    """Return the measures as a table of Markdown."""
    lines = [["frame", *COLUMNS], ["---"] * (1 + len(COLUMNS))]
    digits = (0, 0, 0, 3, 2, 3, 3)
    for number, row in zip(numbers, rows, strict=True):
        cells = ["" if np.isnan(each) else f"{each:.{count}f}" for each, count in zip(row, digits, strict=True)]
        lines.append([str(number), *cells])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def measured(folder, judge, layer):
    """Return the numbers, the frames and the measures of every STEPth frame of a directory."""
    numbers, files = zip(*[each for each in frame_files(folder) if each[0] % STEP == 0], strict=True)
    frames = [read_picture(path).rgb for path in files]
    return numbers, frames, measure(frames, judge, layer)


def told(numbers, rows):
    """Return in a line what the measures come to."""
    later = rows[1:, 2] / rows[min(1, len(rows) - 1), 2] if len(rows) > 1 else np.ones(1)
    far = rows[FAR // STEP :, -1] if len(rows) > FAR // STEP else np.full(1, np.nan)
    return (
        f"frames 0 to {numbers[-1]}: novelty {FAR} {far.min():.2f} at least, {np.median(far):.2f} in the middle, "
        f"below {STALE} for {longest_stale(rows[:, -1])} frames on end; "
        f"saturation {later.min():.2f} to {later.max():.2f} of frame {STEP}'s"
    )


def plot(names, columns, numbers, file):
    """Save curves over the frames, one below the other."""
    panels = [Panel(name, "", np.nan_to_num(values), False) for name, values in zip(names, columns, strict=True)]
    Image.fromarray(plot_panels(panels, numbers)).save(file, optimize=True)


def report(folder, judge, layer):
    """Measure a directory's frames; write table, strip and plot beside it, and say what they come to."""
    numbers, frames, rows = measured(folder, judge, layer)
    beside = {name: folder.with_name(f"{folder.name}-{name}") for name in ("table.md", "strip.jpg", "plot.png")}
    beside["table.md"].write_text(table(numbers, rows))
    strip(frames).save(beside["strip.jpg"], quality=80, optimize=True)
    plot(COLUMNS, rows.T, numbers, beside["plot.png"])
    print(told(numbers, rows))


def compare(folders, out, judge, layer):
    """Measure several runs; save some frames of each in a row, and the novelty of all over the frames that all have."""
    shown, novelty, common = [], [], None
    for folder in folders:
        numbers, frames, rows = measured(folder, judge, layer)
        print(f"{folder.name}: {told(numbers, rows)}", flush=True)
        shown += [frames[each] for each in np.linspace(2, len(frames) - 1, ACROSS).round().astype(int)]
        novelty.append(rows[:, -1])
        common = numbers if common is None or len(numbers) < len(common) else common
    strip(shown).save(out.with_name(f"{out.name}-strips.jpg"), quality=70, optimize=True)
    names = [f"novelty {FAR}: {folder.name}" for folder in folders]
    plot(names, [each[: len(common)] for each in novelty], common, out.with_name(f"{out.name}-plot.png"))


def judging(judge):
    """Return the network that says what is new, and where: GoogLeNet, or dreamlet where that is not there."""
    if judge.is_dir():
        return dreamcore.load_network(judge, device="cpu"), "inception_4c/output"
    return dreamcore.load_network("dreamlet", device="cpu"), "objects"


@click.command()
@click.argument("picture", default="", type=click.Path())
@click.argument("out", default=".bench/longrun", type=click.Path(path_type=Path))
@click.option("--recipe", default="vertical-stretch", show_default=True)
@click.option("--frames", default=101, show_default=True)
@click.option("--size", default="200x150", show_default=True)
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="Any parameter in place of the recipe's.")
@click.option("--judge", default=SHARED / "models/bvlc_googlenet", type=click.Path(path_type=Path), help="GoogLeNet.")
@click.option("--threads", type=int, help="How many threads compute.")
@click.option("--compare", "runs", multiple=True, type=click.Path(path_type=Path), help="Show finished runs together.")
def main(picture, out, recipe, frames, size, given, judge, threads, runs):
    if threads:
        torch.set_num_threads(threads)
    if runs:
        return compare(runs, out, *judging(judge))
    width, height = map(int, size.split("x"))
    if picture:
        resized = Image.fromarray(to_bytes(as_picture(picture).rgb)).resize((width, height), Image.Resampling.BICUBIC)
        source = np.asarray(resized, np.float32)
    else:
        source = dreamcore.draw_sky(width, height)
    values = {"octaves": 2, "iterations": 6, **dict(each.split("=", 1) for each in given)}
    if unknown := values.keys() - PARAMETERS.keys():
        raise click.ClickException(f"no parameter {', '.join(unknown)}")
    out.parent.mkdir(parents=True, exist_ok=True)
    job = make_job(source, None, recipe, frames=frames, **values)
    with Progress(job.dreams) as progress:
        for _ in write_frames(out, job, resume=True, progress=progress):
            pass
    report(out, *judging(judge))


if __name__ == "__main__":
    main()
