"""Time, memory, size and quality of animations, beside ImageMagick's convert, ffmpeg, gifsicle and gifski.

    python benchmarks/animation.py FRAMES              the tables of docs/animation.md
    python benchmarks/animation.py FRAMES --memory     1200 and 100 of the frames, forward and reversed, under the
                                                       limits of ImageMagick that this machine has

FRAMES is a directory of PNG frames. Without it, 48 frames of 320x240 are dreamed of the drawn sky, which takes some
minutes. Programs that are not there are left out; gifski is looked for on the PATH and in node_modules.
"""

import argparse
import contextlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence

from wand_tools.sources.files import natural
from wand_tools.writers.likeness import shimmer, similarity

WANDGIF = [sys.executable, "-m", "wand_tools.cli", "make"]
COLUMNS = "wall s | CPU s | peak MB | file MB | PSNR dB | SSIM | shimmer | flicker |"


def dreamed(folder):
    """Dream 48 frames of the drawn sky with the recipe basic-zoom."""
    program = [sys.executable, "-m", "dreamcore"]
    sky = folder.with_suffix(".png")
    subprocess.run([*program, "sky", sky, "--size", "320x240", "--seed", "1"], check=True)
    subprocess.run([*program, "frames", sky, folder, "--recipe", "basic-zoom", "--frames", "48", "--quiet"], check=True)
    return natural(folder.glob("*.png"))


def programs(frames, out):
    """Give (name, command) for what is compared."""
    names = list(map(str, frames))
    convert = shutil.which("convert-im6.q16") or shutil.which("magick") or shutil.which("convert")
    gifski = shutil.which("gifski") or next(map(str, Path().glob("node_modules/gifski/bin/debian/gifski")), None)
    ours = [*WANDGIF, str(frames[0].parent), out, "--delay", "7", "--quiet"]
    if convert:
        yield "convert -delay 7 -loop 0", [convert, "-delay", "7", "-loop", "0", *names, out]
        yield "convert +dither", [convert, "+dither", "-delay", "7", "-loop", "0", *names, out]
    yield "wandgif make", ours
    yield "wandgif make --jobs 1", [*ours, "--jobs", "1"]
    yield "wandgif make --quality best", [*ours, "--quality", "best"]
    yield "wandgif make --lossy 30", [*ours, "--lossy", "30"]
    if gifski:
        with Image.open(frames[0]) as image:  # it makes large frames smaller unless told a width
            common = [gifski, "--quiet", "--fps", "14", "--width", str(image.width), "-o", out]
        yield "gifski", [*common, *names]
        yield "gifski --quality 100", [*common, "--quality", "100", *names]
    if shutil.which("ffmpeg"):
        common = ["ffmpeg", "-v", "error", "-y", "-framerate", "14", "-pattern_type", "glob"]
        common += ["-i", f"{frames[0].parent}/*.png", "-filter_complex"]
        yield "ffmpeg, one palette", [*common, "split[a][b];[a]palettegen[p];[b][p]paletteuse", out]
        each = "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1"
        yield "ffmpeg, a palette for each frame", [*common, each, out]
    if convert and shutil.which("gifsicle"):
        yield (
            "convert, then gifsicle -O3",
            ["sh", "-c", f'{convert} -delay 7 -loop 0 "$@" gif:- | gifsicle -O3 -o {out}', "sh", *names],
        )


def run(command):
    """Run a command; give wall seconds, CPU seconds and the peak memory of its process tree in MB.

    The peak is that of the tree as it is looked at five times a second, or of its largest process.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    installed = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=installed)
    peak = [0]

    def watch():
        while process.returncode is None:
            peak[0] = max(peak[0], tree_memory(process.pid))
            time.sleep(0.2)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    errors = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - begun
    watcher.join()
    peak[0] = max(peak[0], used.ru_maxrss * 1024)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise RuntimeError(errors.decode().splitlines()[-1] if errors else f"exit code {process.returncode}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak[0] / 1e6


def tree_memory(pid):
    """Sum the memory of a process and all below it, shared pages counted once."""
    total, left = 0, [pid]
    while left:
        pid = left.pop()
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
            left += Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return total


def quality(path, frames):
    """Compare the decoded frames with the sources.

    Returns
    -------
    psnr : float
        Over all pixels.
    similar : float
        The mean structural similarity of the grey pictures.
    shimmering : float
        How far each change from a frame to the next is from the source's, a mean over all levels.
    flicker : float
        How far the mean change from a frame to the next is from the source's, whatever changes: a mean over the frames.
    """
    squares, similar, shimmering, flicker, before = [], [], [], [], None
    with Image.open(path) as image:
        for got, name in zip(ImageSequence.Iterator(image), frames, strict=True):
            a = np.asarray(got.convert("RGB"))
            with Image.open(name) as wanted:
                b = np.asarray(wanted.convert("RGB"))
            squares.append(((a - b.astype(float)) ** 2).mean())
            similar.append(similarity(a, b))
            if before is not None:
                shimmering.append(shimmer(before[0], a, before[1], b))
                moved = [np.abs(now - old.astype(int)).mean() for now, old in zip((a, b), before, strict=True)]
                flicker.append(abs(moved[0] - moved[1]))
            before = a, b
    return 10 * np.log10(255**2 / np.mean(squares)), np.mean(similar), np.mean(shimmering), np.mean(flicker)


def row(name, command, out, frames):
    """Run a command and print a row of the table."""
    try:
        wall, cpu, peak = run(command)
    except RuntimeError as error:
        print(f"| {name} | {error} |")
        return
    psnr, similar, shimmering, flicker = quality(out, frames)
    print(
        f"| `{name}` | {wall:.1f} | {cpu:.2f} | {peak:.0f} | {os.path.getsize(out) / 1e6:.3f} | {psnr:.2f} | "
        f"{similar:.4f} | {shimmering:.2f} | {flicker:.3f} |",
        flush=True,
    )


def table(frames, folder):
    out = str(folder / "out.gif")
    run([*WANDGIF, str(frames[0].parent), out, "--quiet", "--last", "0", "--lossy", "1"])  # compiles, the first time
    print(f"| program | {COLUMNS}\n|---|---|---|---|---|---|---|---|---|")
    for name, command in programs(frames, out):
        row(name, command, out, frames)


def lossy_table(frames, folder):
    """Print wandgif's own loss beside that of gifsicle, on wandgif's file without, at the same number of bytes."""
    own, out, other = (str(folder / name) for name in ("own.gif", "lossy.gif", "other.gif"))
    ours = [*WANDGIF, str(frames[0].parent), "--delay", "7", "--quiet", "--force"]
    run([*ours, own])
    print(f"| program | {COLUMNS}\n|---|---|---|---|---|---|---|---|---|")
    for lossy in (15, 30, 60, 120):
        row(f"wandgif make --lossy {lossy}", [*ours, out, "--lossy", str(lossy)], out, frames)
        low, high = 0, 1000
        while high - low > 1:
            middle = (low + high) // 2
            run(["gifsicle", "-O3", f"--lossy={middle}", own, "-o", other])
            low, high = (middle, high) if os.path.getsize(other) > os.path.getsize(out) else (low, middle)
        row(f"gifsicle -O3 --lossy={high}", ["gifsicle", "-O3", f"--lossy={high}", own, "-o", other], other, frames)


def memory(frames, folder, many=1200, few=100):
    print("| frames | order | wall s | peak MB | file MB |\n|---|---|---|---|---|")
    for count in (few, many):
        linked = folder / str(count)
        linked.mkdir()
        for number in range(count):
            (linked / f"{number:04}.png").symlink_to(frames[number % len(frames)].resolve())
        for order in ([], ["--reverse"]):
            out = folder / "out.gif"
            wall, _, peak = run([*WANDGIF, linked, out, "--quiet", "--force", *order])
            print(
                f"| {count} | {'reversed' if order else 'forward'} | {wall:.0f} | {peak:.0f} | "
                f"{out.stat().st_size / 1e6:.1f} |",
                flush=True,
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("frames", nargs="?", type=Path)
    parser.add_argument("--memory", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        frames = natural(options.frames.glob("*.png")) if options.frames else dreamed(folder / "frames")
        if options.memory:
            memory(frames, folder)
            return
        table(frames, folder)
        if shutil.which("gifsicle"):
            lossy_table(frames, folder)


if __name__ == "__main__":
    main()
