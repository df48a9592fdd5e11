"""A sweep that is killed twice ends as one that was never disturbed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

psutil = pytest.importorskip("psutil", reason="comes with dask.distributed")
pytest.importorskip("distributed", reason="needs dask.distributed: pip install '.[farm]'")

from tests.farm.places import ROOT, wait_until, with_children  # noqa: E402

AXES = ("layer=textures,patterns,parts", "transform=zoom(0.02); roll(shift=5); rotate(3)", "seed=1..2")
QUICK = ("--frames", "3", "--octaves", "1", "--iterations", "2")


def sweep(folder, out, *options):
    """Begin a sweep of 3x3x2 cells in a session of its own."""
    axes = [word for axis in AXES for word in ("--vary", axis)]
    words = ["sweep", "sky.png", out, *axes, *QUICK, *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "dreamcore", *words]
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def files(out):
    """Return what a sweep's folder holds, but for how long each cell took."""
    found = [path for path in Path(out).rglob("*") if path.is_file()]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in found if path.name != "cell.json"}


def test_a_sweep_whose_worker_and_whose_program_are_killed_ends_as_an_undisturbed_one(tmp_path):
    subprocess.run([sys.executable, "-m", "dreamcore", "sky", "sky.png", "--size", "64x48"], cwd=tmp_path, check=True)
    undisturbed = sweep(tmp_path, "one/many")
    disturbed = sweep(tmp_path, "two/many", "--on", "local")
    try:
        assert disturbed.stdout.readline().startswith("Saved: ")
        workers = [
            each for each in psutil.Process(disturbed.pid).children() if "spawn_main" in " ".join(each.cmdline())
        ]
        workers[0].send_signal(signal.SIGKILL)
        wait_until(lambda: len([*tmp_path.glob("two/many/*/cell.json")]) >= 5)
        disturbed.kill()
        wait_until(lambda: not any(each.is_running() for each in workers))
        assert undisturbed.wait() == 0
        disturbed = sweep(tmp_path, "two/many", "--on", "local")
        saved = [line for line in disturbed.stdout if line.startswith("Saved: ")]
        assert disturbed.wait() == 0 and 0 < len(saved) < 18
    finally:
        for process in (undisturbed, disturbed):
            with_children(process.pid, signal.SIGKILL)
            process.communicate()
    assert len([*tmp_path.glob("one/many/*/cell.json")]) == 18
    assert files(tmp_path / "one") == files(tmp_path / "two")
