"""Cells on many processes, which end, freeze and come back."""

import json
import os
import signal

import pytest

pytest.importorskip("distributed", reason="needs dask.distributed: pip install '.[farm]'")

import dask

import dreamcore
from dreamcore.farm.cells import Cell
from dreamcore.farm.dreaming import dream_cell
from dreamcore.farm.engine import cluster_engine
from dreamcore.pictures import to_bytes, write_picture
from dreamcore.sequence.recipe import Recipe
from dreamcore.sky import draw_sky
from tests.farm import fakes
from tests.farm.places import PATIENCE, Place, certificates, settings


class Told(list):
    """What an engine tells. After the first event of a kind something is done, then after the first of another kind."""

    def __init__(self, *steps):
        self.steps = [*zip(steps[::2], steps[1::2], strict=True)]

    def __call__(self, event):
        self.append(event)
        if self.steps and self.steps[0][0](event):
            self.steps.pop(0)[1](event)

    @property
    def lines(self):
        return [event["text"] for event in self if "text" in event]


PATIENT = {"DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": 100}  # with workers that a busy machine lets seem dead


def at_frame(number):
    return lambda event: event.get("frame") == number


def run(place, tasks, told=None, dream=fakes.write, **options):
    """Return the outcomes of tasks, sorted."""
    engine = cluster_engine(str(place), dream=dream, **options)
    signal.alarm(PATIENCE)  # an engine waits for workers as long as it takes
    try:
        return sorted(engine(tasks, Told() if told is None else told), key=lambda each: each["cell"])
    finally:
        signal.alarm(0)


def told_alike(path):
    """Return what a file says, but for the memory that a process with another heap is planned to take."""
    if path.name != "sequence.json":
        return path.read_bytes()
    told = json.loads(path.read_text())
    del told["plan"]["memory"]
    return told


def states(outcomes):
    return [each["state"] for each in outcomes]


def test_a_worker_of_another_version_gets_no_cells(tmp_path):
    told = Told()
    with Place(tmp_path) as place:
        place.scheduler()
        place.worker("--preload", "tests.farm.old")
        (failed,) = run(place.address, fakes.tasks(tmp_path, 1), told)
        place.worker()
        place.wait_for_workers(2)
        made = run(place.address, fakes.tasks(tmp_path, 4), told)
    assert failed["error"] == f"it has dreamcore 0.0.1, the sweep is made with {dreamcore.__version__}"
    assert states(made) == ["made"] * 4
    assert [line for line in told.lines if "gets no cells" in line]


def test_a_cell_that_fails_is_tried_on_another_worker_once(tmp_path):
    told = Told()
    with Place(tmp_path) as place:
        place.scheduler()
        place.worker(), place.worker()
        place.wait_for_workers(2)
        failed = run(place.address, fakes.tasks(tmp_path, 2), told, fakes.refuse)
    assert [each["error"] for each in failed] == ["no such layer in cell 1", "no such layer in cell 2"]
    assert len([line for line in told.lines if "tried elsewhere" in line]) == 2


def test_a_worker_that_fails_what_others_make_gets_no_more_cells(tmp_path):
    told = Told()
    with Place(tmp_path) as place:
        place.scheduler()
        place.worker(), place.worker(environment={"FAIL": "always"})
        place.wait_for_workers(2)
        made = run(place.address, fakes.tasks(tmp_path, 20), told, fakes.write_or_fail)
    assert states(made) == ["made"] * 20 and fakes.whole(tmp_path, 20)
    assert (
        len([line for line in told.lines if "gets no more cells: 2 failed there and were made elsewhere" in line]) == 1
    )
    assert 2 <= len([line for line in told.lines if "tried elsewhere" in line]) <= 6


def test_a_cell_that_ends_its_workers_fails_and_says_so(tmp_path):
    with Place(tmp_path, DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=0) as place:
        place.scheduler()
        place.worker()
        (failed,) = run(place.address, fakes.tasks(tmp_path, 1), dream=fakes.end_the_process)
    assert failed["state"] == "failed" and failed["error"].startswith("1 workers ended while they dreamed it")


def test_the_frames_of_many_processes_are_those_of_one(tmp_path):
    write_picture(tmp_path / "sky.png", to_bytes(draw_sky(64, 48)))
    recipe = Recipe().changed(frames=2, octaves=1, iterations=1, layer="patterns")
    cells = [Cell(number, str(tmp_path / "sky.png"), recipe.changed(seed=number)) for number in (1, 2)]
    one, many = tmp_path / "one", tmp_path / "many"
    for cell in cells:
        assert dream_cell(cell.task(one, threads=1))["state"] == "made"
    made = run("local", [cell.task(many, threads=1) for cell in cells], dream=dream_cell)
    assert states(made) == ["made"] * 2
    files = [path.relative_to(one) for path in one.rglob("*") if path.is_file() and path.name != "cell.json"]
    assert len(files) == 2 * len(["0000.png", "0001.png", "recipe.toml", "sequence.json", "state.npz"])
    for file in files:
        assert told_alike(one / file) == told_alike(many / file), file


def test_cells_go_through_tls_to_workers_that_are_processes_of_their_own(tmp_path):
    named = certificates(tmp_path)
    with Place(tmp_path, protocol="tls", **named) as place, settings(**named):
        place.scheduler()
        place.worker()
        assert place.address.startswith("tls://")
        assert states(run(place.file, fakes.tasks(tmp_path, 3))) == ["made"] * 3
    assert fakes.whole(tmp_path, 3)


def test_a_killed_worker_loses_no_frame(tmp_path):
    told = Told(at_frame(3), lambda event: os.kill(event["pid"], signal.SIGKILL))
    with Place(tmp_path) as place:
        place.scheduler()
        place.worker(), place.worker()
        made = run(place.address, fakes.tasks(tmp_path, 4), told, fakes.write_slowly)
    assert states(made) == ["made"] * 4
    assert fakes.whole(tmp_path, 4)
    assert "goes on elsewhere" in " ".join(told.lines)


def test_a_frozen_worker_is_given_up(tmp_path):
    told = Told(at_frame(2), lambda event: os.kill(event["pid"], signal.SIGSTOP))
    with Place(tmp_path, **PATIENT, DISTRIBUTED__SCHEDULER__WORKER_TTL="1s") as place:
        place.scheduler()
        place.worker(nanny=True), place.worker(nanny=True)
        made = run(place.address, fakes.tasks(tmp_path, 4), told, fakes.write_slowly)
    assert states(made) == ["made"] * 4
    assert fakes.whole(tmp_path, 4)


def test_cells_go_on_when_a_scheduler_is_back(tmp_path):
    with Place(tmp_path) as place:
        scheduler = place.scheduler()
        place.worker()

        def restart(event):
            scheduler.kill()
            scheduler.wait()
            place.scheduler()
            place.worker()

        told = Told(at_frame(3), restart)
        made = run(place.file, fakes.tasks(tmp_path, 2), told, fakes.write_slowly)
    assert states(made) == ["made"] * 2
    assert fakes.whole(tmp_path, 2)
    assert "is gone" in " ".join(told.lines)


def test_a_process_of_this_machine_that_does_not_start_again_in_time_is_replaced(tmp_path):
    told = Told(at_frame(3), lambda event: os.kill(event["pid"], signal.SIGKILL))
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "10ms"}):  # after which dask gives it up
        made = run("local", fakes.tasks(tmp_path, 2), told, fakes.write_slowly, workers=1)
    assert states(made) == ["made"] * 2
    assert fakes.whole(tmp_path, 2)
