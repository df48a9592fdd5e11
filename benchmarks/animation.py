"""Time, memory, size and quality of animations, beside ImageMagick's convert, gifsicle and gifski.

    python benchmarks/animation.py FRAMES              the table of docs/animation.md
    python benchmarks/animation.py FRAMES --memory     1200 and 100 of the frames, forward and reversed, under the
                                                       limits of ImageMagick that this machine has

FRAMES is a directory of PNG frames. Without it, frames are made up: a photo-like texture with a slow zoom. Programs
that are not there are left out; gifski is looked for on the PATH and in node_modules.
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
from scipy.ndimage import affine_transform, gaussian_filter, uniform_filter

from wand_tools.sources.files import natural


def made_up(folder, count=100, size=(480, 640)):
    """Write frames of a texture with detail at every scale, zooming by 1 % a frame."""
    random = np.random.default_rng(0)
    texture = sum(
        gaussian_filter(random.normal(size=(*size, 3)), (s, s, 0.4 if s < 8 else 0)) * s**1.2
        for s in (0.7, 1.5, 3, 6, 12, 24, 48)
    )
    texture = np.clip(128 + 45 * (texture - texture.mean()) / texture.std(), 0, 255)
    for number in range(count):
        zoom = 0.99 ** (number % 60)
        middle = np.array(size) / 2
        frame = np.stack(
            [affine_transform(texture[..., c], [zoom, zoom], middle * (1 - zoom), mode="mirror") for c in range(3)],
            axis=2,
        )
        Image.fromarray(np.clip(frame, 0, 255).astype(np.uint8)).save(folder / f"{number:04}.png", compress_level=1)
    return natural(folder.glob("*.png"))


def programs(frames, out):
    """Give (name, command) for what is compared."""
    names = list(map(str, frames))
    convert = shutil.which("convert-im6.q16") or shutil.which("magick") or shutil.which("convert")
    gifski = shutil.which("gifski") or next(map(str, Path().glob("node_modules/gifski/bin/debian/gifski")), None)
    ours = [sys.executable, "-m", "wand_tools.cli", "make", str(frames[0].parent), out, "--delay", "7", "--quiet"]
    if convert:
        yield "convert -delay 7 -loop 0", [convert, "-delay", "7", "-loop", "0", *names, out]
    yield "wandgif make", ours
    yield "wandgif make --dither smooth", [*ours, "--dither", "smooth"]
    yield "wandgif make --quality best", [*ours, "--quality", "best"]
    yield "wandgif make --quality best --dither smooth", [*ours, "--quality", "best", "--dither", "smooth"]
    yield "wandgif make --lossy 30", [*ours, "--lossy", "30"]
    if gifski:
        with Image.open(frames[0]) as image:  # it makes large frames smaller unless told a width
            common = [gifski, "--quiet", "--fps", "14", "--width", str(image.width), "-o", out]
        yield "gifski", [*common, *names]
        yield "gifski --quality 100", [*common, "--quality", "100", *names]
    if convert and shutil.which("gifsicle"):
        yield (
            "convert | gifsicle -O3",
            ["sh", "-c", f'{convert} -delay 7 -loop 0 "$@" gif:- | gifsicle -O3 -o {out}', "sh", *names],
        )


def run(command):
    """Run a command; give wall seconds, CPU seconds and the peak memory of its process tree in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    peak = [0]

    def watch():
        while process.returncode is None:
            peak[0] = max(peak[0], tree_memory(process.pid))
            time.sleep(0.2)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    errors = process.communicate()[1]
    wall = time.perf_counter() - begun
    watcher.join()
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
    """Compare the decoded frames with the sources: PSNR over all pixels, mean SSIM of the grey pictures."""
    squares, similar = [], []
    with Image.open(path) as image:
        for got, name in zip(ImageSequence.Iterator(image), frames, strict=True):
            a = np.asarray(got.convert("RGB"), np.float32)
            with Image.open(name) as wanted:
                b = np.asarray(wanted.convert("RGB"), np.float32)
            squares.append(((a - b) ** 2).mean())
            similar.append(ssim(a.mean(axis=2), b.mean(axis=2)))
    return 10 * np.log10(255**2 / np.mean(squares)), np.mean(similar)


def ssim(a, b):
    """Structural similarity with 7x7 means (Wang et al. 2004)."""
    mean_a, mean_b = uniform_filter(a, 7), uniform_filter(b, 7)
    spread_a, spread_b = uniform_filter(a * a, 7) - mean_a**2, uniform_filter(b * b, 7) - mean_b**2
    both = uniform_filter(a * b, 7) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return np.mean(
        (2 * mean_a * mean_b + c1) * (2 * both + c2) / ((mean_a**2 + mean_b**2 + c1) * (spread_a + spread_b + c2))
    )


def table(frames, folder):
    out = str(folder / "out.gif")
    base = None
    print("| program | wall s | x convert | CPU s | peak MB | file MB | PSNR dB | SSIM |")
    print("|---|---|---|---|---|---|---|---|")
    for name, command in programs(frames, out):
        try:
            wall, cpu, peak = run(command)
        except RuntimeError as error:
            print(f"| {name} | {error} |")
            continue
        base = base or wall
        psnr, similarity = quality(out, frames)
        size = os.path.getsize(out) / 1e6
        print(
            f"| `{name}` | {wall:.1f} | {wall / base:.2f} | {cpu:.1f} | {peak:.0f} | {size:.1f} | {psnr:.2f} | "
            f"{similarity:.4f} |",
            flush=True,
        )


def memory(frames, folder, many=1200, few=100):
    print("| frames | order | wall s | peak MB | file MB |\n|---|---|---|---|---|")
    for count in (few, many):
        linked = folder / str(count)
        linked.mkdir()
        for number in range(count):
            (linked / f"{number:04}.png").symlink_to(frames[number % len(frames)].resolve())
        for order in ([], ["--reverse"]):
            out = folder / "out.gif"
            wall, _, peak = run([sys.executable, "-m", "wand_tools.cli", "make", linked, out, "--quiet", *order])
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
        if options.frames:
            frames = natural(options.frames.glob("*.png"))
        else:
            (folder / "frames").mkdir()
            frames = made_up(folder / "frames")
        (memory if options.memory else table)(frames, folder)


if __name__ == "__main__":
    main()
