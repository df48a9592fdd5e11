"""A disk that is full: nothing is lost, it is said where, and what is missing is made elsewhere or later."""

import os
import subprocess
import sys
from contextlib import suppress

import pytest

from dreamcore.farm.dreaming import dream_cell
from dreamcore.farm.results import read_results
from dreamcore.farm.running import run_sweep
from dreamcore.farm.sweep import make_sweep
from dreamcore.rasters import open_raster
from tests.farm.places import Place

QUICK = {"model": "small", "iterations": 1, "octaves": 1, "frames": 2}
MOUNT = 'mount -t tmpfs -o size=32k dreamdisk "$0" && exec "$@"'  # in the place of a folder
pytestmark = pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs Linux, and root for a disk")


@pytest.fixture
def disk(desk):
    """A folder that is a disk of a megabyte."""
    folder = desk / "out"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "dreamdisk", folder], capture_output=True, text=True
    )
    if made.returncode:
        pytest.skip(f"no disk can be made here: {made.stderr}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def a_sweep(count):
    return make_sweep("in.png", vary={"seed": f"1..{count}"}, **QUICK)


def frames(out):
    return {path.relative_to(out): path.read_bytes() for path in sorted(out.glob("0*/*.png"))}


def fill(path):
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


@pytest.mark.filterwarnings("ignore:cannot write")  # the sheet and the page
def test_a_disk_that_fills_up_loses_no_frame_and_the_next_run_makes_what_is_missing(desk, disk):
    def told(event):
        if event["state"] == "made":
            fill(disk / "films of somebody else")

    first = run_sweep(a_sweep(3), disk, told=told)
    assert (len(first.made), [each["cell"] for each in first.failed], first.exit_code) == (1, [2, 3], 1)
    for cell, outcome in enumerate(first.failed, 2):
        assert outcome["error"].startswith(f"cannot write {disk}/000{cell}-seed-{cell}")
        assert outcome["error"].endswith("No space left on device")
    for path in disk.glob("0*/*.png"):
        with open_raster(path) as image:
            image.load()
    (disk / "films of somebody else").unlink()
    second = run_sweep(a_sweep(3), disk)
    assert (second.there, len(second.made), second.failed) == (1, 2, [])
    run_sweep(a_sweep(3), "alone")
    assert frames(disk) == frames(desk / "alone") and len(frames(disk)) == 6


def test_a_worker_whose_disk_is_full_is_named_and_its_cells_are_made_elsewhere(desk):
    pytest.importorskip("distributed", reason="needs dask.distributed: pip install '.[farm]'")
    from tests.farm.test_engine import Told, run

    out, told = desk / "out", Told()
    run_sweep(a_sweep(6), "alone")
    run_sweep(a_sweep(6), out, numbers=[])
    tasks = [cell.task(out, threads=1) for cell in read_results(out).cells()]
    with Place(desk) as place:
        place.scheduler()
        full = ["unshare", "--mount", "sh", "-c", MOUNT, out]
        if subprocess.run([*full, "true"], capture_output=True).returncode:
            pytest.skip("no process may have disks of its own here")
        place.worker(inside=full)
        (failed,) = run(place.address, tasks[:1], told, dream_cell)
        place.worker()
        place.wait_for_workers(2)
        made = run(place.address, tasks, told, dream_cell)
    assert failed["state"] == "failed" and failed["error"].startswith(
        f"there is too little room in {out}/0001-seed-1: "
    )
    assert [each["state"] for each in made] == ["made"] * 6
    assert frames(out) == frames(desk / "alone")
    assert not [*out.glob("0*/.*")]
    lines = [line for line in told.lines if "tried elsewhere" in line]
    assert lines and all("too little room in " in line or "No space left on device" in line for line in lines)
    assert len({line.split(" failed on ")[1].split(",")[0] for line in lines}) == 1
