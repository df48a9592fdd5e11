"""Where a sweep is dreamed when nobody says so."""

import sys
from dataclasses import replace

import pytest

from dreamcore.errors import DreamError
from dreamcore.extras import DASK
from dreamcore.farm import placing
from dreamcore.farm.foretelling import Forecast
from dreamcore.farm.placing import dream_here, engine_on

GIB = 2**30
LONG = Forecast(cells=8, frames=80, order=[*range(1, 9)], seconds=None, guessed=600.0, disk=0, memory=GIB)


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """Four processors, and 10 GiB of which six tenths may be taken."""
    monkeypatch.setattr(placing, "granted_threads", lambda: 4)
    monkeypatch.setattr(placing, "free_memory", lambda: 10 * GIB)


@pytest.fixture
def begun(monkeypatch):
    """Return what processes are begun: how many there are, and the memory of each."""
    engine, found = pytest.importorskip("dreamcore.farm.engine", exc_type=ImportError), []

    def cluster_engine(on, workers):
        def run(tasks, told):
            found.append((workers, *{task["memory"] for task in tasks}))
            return iter(())

        return run

    monkeypatch.setattr(engine, "cluster_engine", cluster_engine)

    def begin(forecast, **options):
        engine_on(None, forecast, **{"threads": 1, **options})([{"memory": None}], lambda event: None)
        return found[-1]

    return begin


@pytest.mark.parametrize("change", [{"cells": 1}, {"guessed": 5.0}, {"memory": 5 * GIB}])
def test_what_several_processes_would_not_make_quicker_is_dreamed_by_one(change):
    assert engine_on(None, replace(LONG, **change), threads=1) is dream_here


def test_cells_of_as_many_threads_as_there_are_processors_are_dreamed_by_one_process():
    assert engine_on(None, LONG, threads=4) is dream_here


def test_processes_share_processors_and_memory(begun):
    assert begun(LONG) == (4, 6 * GIB // 4)
    assert begun(LONG, threads=2) == (2, 6 * GIB // 2)
    assert begun(replace(LONG, cells=3)) == (3, 6 * GIB // 3)
    assert begun(replace(LONG, memory=2 * GIB)) == (3, 6 * GIB // 3)
    assert begun(LONG, memory=2 * GIB) == (2, GIB)


def test_who_wishes_so_dreams_in_this_process_alone():
    assert engine_on("here", LONG, threads=1) is dream_here


def test_a_place_without_dask_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(DreamError, match="--on local needs dask.distributed: .*install distributed cryptography$"):
        engine_on("local", LONG, threads=1)


def test_without_dask_one_process_says_what_it_could_be(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    told = []
    assert [*engine_on(None, LONG, threads=1)([], told.append)] == []
    assert told == [{"state": "note", "text": f"one cell at a time; {DASK.command()} lets 4 processes work"}]
