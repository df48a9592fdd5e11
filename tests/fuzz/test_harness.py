"""What counts as a fault of a reader, and how a campaign keeps it."""

import time
from random import Random
from types import SimpleNamespace

import numpy as np
import pytest

from dreamcore.errors import DreamError
from tests.fuzz import campaign
from tests.fuzz.harness import Harness, attempt
from tests.fuzz.mutations import bytes_changed, chunks_changed, with_checksums
from tests.fuzz.pictures import seeds_of


def a_harness(read):
    return Harness("a reader", read, lambda: [b"seed"], bytes_changed, 1)


class Wordy(DreamError):
    def __str__(self):
        return "one\ntwo"


def raising(error):
    def read(data):
        raise error

    return read


def test_a_reader_may_refuse_in_one_line():
    assert attempt(a_harness(raising(DreamError("a.png is damaged"))), b"") == "refused"


def test_a_reader_may_point_at_a_place():
    assert attempt(a_harness(raising(DreamError("no zom\n  zom(1)\n  ^"))), b"") == "refused"


@pytest.mark.parametrize("error", [ValueError("x"), MemoryError(), DreamError(""), Wordy()])
def test_what_else_it_raises_is_a_fault(error):
    with pytest.raises((ValueError, MemoryError, AssertionError)):
        attempt(a_harness(raising(error)), b"")


def test_a_second_of_work_is_a_fault():
    def work(data):
        begin = time.process_time()
        while time.process_time() - begin < 1.01:
            pass

    with pytest.raises(AssertionError, match="takes"):
        attempt(a_harness(work), b"")


def test_gigabytes_are_a_fault():
    with pytest.raises(AssertionError, match="MiB"):
        attempt(a_harness(lambda data: np.ones(3 << 28, "u1")), b"")


def test_inputs_are_never_the_seed():
    inputs = a_harness(len).inputs(Random(1))
    assert b"seed" not in {next(inputs) for _ in range(200)}


def test_changed_chunks_of_a_png_have_right_checksums():
    png, random = seeds_of("PNG")[0], Random(2)
    for _ in range(30):
        changed = chunks_changed(png, random)
        assert with_checksums(changed) == changed


def test_a_campaign_counts_inputs_and_keeps_those_that_are_faults(tmp_path, monkeypatch):
    monkeypatch.setattr(campaign, "FOLDER", tmp_path)
    run = campaign.Run(a_harness(lambda data: data.decode()), 9, 60)
    for data in (b"a", b"\xff", b"b", b"\xfe"):
        run(data)
    run.write()
    tally = campaign.tally_of("a reader")
    assert (tally.inputs, tally.read, [*tally.faults.values()]) == (4, 2, [2])
    assert "UnicodeDecodeError" in campaign.table(["a reader"])
    assert {each.read_bytes() for each in tally.folder.glob("found/*[0-9]")} == {b"\xff", b"\xfe"}


def test_a_run_goes_on_counting_where_the_last_one_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(campaign, "FOLDER", tmp_path)
    for _ in range(2):
        run = campaign.Run(a_harness(len), 1, 60)
        run(b"x")
        assert run.is_over
        run.write()
    assert campaign.tally_of("a reader").inputs == 2


def test_an_input_that_kills_its_process_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(campaign, "FOLDER", tmp_path)
    monkeypatch.setattr(campaign, "harness_named", lambda name: a_harness(len))
    monkeypatch.setattr(campaign.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=-11))
    campaign.Run(a_harness(len), 1, 60)(b"deadly")
    campaign.run_apart("a reader", 1, 1, "blind")
    tally = campaign.tally_of("a reader")
    assert [each.read_bytes() for each in tally.folder.glob("found/*[0-9]")] == [b"deadly"]
    assert [*tally.faults] == ["the process ends with -N"]
