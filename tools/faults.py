"""Kill, starve and deafen the commands, and count what is lost: `python tools/faults.py`, or `make faults`.

Each line of the table is a kind of fault, how often it was tried, and how often anything was wrong: a file under its
final name that is not whole, a resumed folder that differs from one that was never stopped, a failure that says
nothing or exits with 0. The full disk is a small file system of its own; without the right to mount one, that line
says so.
"""

import argparse
import filecmp
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent
QUICK = ["--octaves", "1", "--iterations", "1", "--layer", "textures", "-q"]
FRAMES = 4
STREAMS = ("2>&-", ">&-", "<&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full", ">/dev/full 2>/dev/full")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100, help="of both commands together")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print(f"seed {asked.seed}\n\n| fault | tried | wrong |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        run("dreamcore", "sky", "sky.png", "--size", "96x64")
        run(*frames("whole"))
        run("wandgif", "make", "whole", "whole.gif", "--quiet")
        luck = random.Random(asked.seed)
        half = asked.kills // 2
        row("SIGKILL while frames are dreamed, then resumed", half, lambda: killed_frames(luck))
        row(
            "SIGKILL while an animation is written, then made again", asked.kills - half, lambda: killed_animation(luck)
        )
        row("frames cut, emptied or deleted, then resumed", 10, lambda: lost_frames(luck))
        streams = iter(2 * STREAMS)
        row("streams closed or full", len(2 * STREAMS), lambda: without_streams(next(streams)))
        sizes = iter(range(100, 2100, 200))  # kilobytes
        row("a full disk", 10, lambda: full_disk(next(sizes)))


def row(name, tries, attempt):
    """Print how often an attempt was wrong; each returns what was, or nothing."""
    try:
        wrong = [each for each in (attempt() for _ in range(tries)) if each]
    except PermissionError as error:
        print(f"| {name} | 0 | {error} |")
        return
    print(f"| {name} | {tries} | {len(wrong)}{': ' + wrong[0] if wrong else ''} |", flush=True)


def frames(folder):
    return "dreamcore", "frames", "sky.png", folder, "-n", str(FRAMES), *QUICK, "--resume"


def run(program, *arguments, redirect="", where="."):
    """Run a command of this environment in a shell; return (exit code, what it said on standard error)."""
    shell = ["sh", "-c", f'exec "$0" "$@" {redirect}', str(BIN / program), *map(str, arguments)]
    done = subprocess.run(shell, cwd=where, capture_output=True, text=True, errors="replace")
    return done.returncode, done.stderr


def kill_after(seconds, program, *arguments):
    """Kill a command and all that it started, unless it ends before."""
    child = subprocess.Popen([str(BIN / program), *arguments], stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def killed_frames(luck):
    shutil.rmtree("d", ignore_errors=True)
    for _ in range(3):
        kill_after(luck.uniform(0.5, 4), *frames("d"))
    code, said = run(*frames("d"))
    return f"exit {code}: {said.strip()}" if code else difference("d")


def killed_animation(luck):
    Path("out.gif").unlink(missing_ok=True)
    kill_after(luck.uniform(0.1, 1.2), "wandgif", "make", "whole", "out.gif", "--quiet")
    if Path("out.gif").exists() and not filecmp.cmp("out.gif", "whole.gif", shallow=False):
        return "half an animation under the final name"
    code, said = run("wandgif", "make", "whole", "out.gif", "--quiet")
    if code or not filecmp.cmp("out.gif", "whole.gif", shallow=False):
        return f"exit {code}: {said.strip()}"
    left = [name for name in os.listdir() if name.startswith(".")]
    return f"left behind: {left}" if left else ""


def lost_frames(luck):
    shutil.rmtree("d", ignore_errors=True)
    shutil.copytree("whole", "d")
    for path in luck.sample(sorted(Path("d").glob("*.png")), 2):
        data = path.read_bytes()
        path.write_bytes(data[: luck.choice([0, 10, len(data) // 2, len(data) - 1])])
        if luck.random() < 0.3:
            path.unlink()
    code, said = run(*frames("d"))
    return f"exit {code}: {said.strip()}" if code else difference("d")


def without_streams(redirect):
    shutil.rmtree("d", ignore_errors=True)
    code, _ = run("dreamcore", "frames", "sky.png", "d", "-n", str(FRAMES), *QUICK[:-1], redirect=redirect)
    return difference("d") or ("" if code == 0 or ">/dev/full" in redirect.split() else f"exit {code} with {redirect}")


def full_disk(kilobytes):
    """Dream, and make an animation, on a disk of so many kilobytes."""
    Path("disk").mkdir(exist_ok=True)
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", "disk"], capture_output=True, text=True
    )
    if mount.returncode:
        raise PermissionError("no file system could be mounted here")
    try:
        code, said = run(*("../sky.png" if each == "sky.png" else each for each in frames("d")), where="disk")
        whole = sorted(path.name for path in Path("disk/d").glob("*.png")) if Path("disk/d").exists() else []
        wrong = [name for name in whole if not filecmp.cmp(f"disk/d/{name}", f"whole/{name}", shallow=False)]
        if wrong or (code == 0) != (len(whole) == FRAMES) or (code and "error:" not in said):
            return f"{kilobytes} kB: exit {code}, {whole}, not whole: {wrong}: {said.strip()}"
        code, said = run("wandgif", "make", "../whole", "out.gif", "--quiet", where="disk")
        made = Path("disk/out.gif")
        if (code == 0) != made.exists() or (made.exists() and not filecmp.cmp(made, "whole.gif", shallow=False)):
            return f"{kilobytes} kB: exit {code}, an animation that is not whole"
        return ""
    finally:
        subprocess.run(["umount", "disk"], check=False)


def difference(folder):
    """Return how a folder of frames differs from one that was never stopped."""
    names = sorted(os.listdir("whole"))
    there = sorted(os.listdir(folder))
    if there != names:
        return f"{folder} holds {there}"
    _, other, unreadable = filecmp.cmpfiles("whole", folder, names, shallow=False)
    return f"other bytes: {other + unreadable}" if other or unreadable else ""


if __name__ == "__main__":
    began = time.monotonic()
    main()
    print(f"\n{time.monotonic() - began:.0f} s")
