"""How many threads compute."""

import os
import sys

import pytest
import torch

from dreamcore.process import threads


@pytest.fixture
def group(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(8), raising=False)
    (tmp_path / "cpu").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "count"),
    [("200000 100000", 2), ("150000 100000", 2), ("1000 100000", 1), ("900000 100000", 8), ("max 100000", 8)],
)
def test_a_quota_of_time_is_so_many_processors(group, text, count):
    (group / "cpu.max").write_text(text + "\n")
    assert threads.processors(group) == count


@pytest.mark.parametrize(("quota", "count"), [("300000", 3), ("-1", 8)])
def test_the_first_version_of_groups_has_two_files(group, quota, count):
    (group / "cpu/cpu.cfs_quota_us").write_text(quota)
    (group / "cpu/cpu.cfs_period_us").write_text("100000")
    assert threads.processors(group) == count


def test_without_a_group_all_processors_count(group):
    assert threads.processors(group / "none") == 8


@pytest.mark.parametrize(("granted", "set_by_user", "expected"), [(1, None, 1), (1, "2", 2), (64, None, 2)])
def test_pytorch_gets_no_more_threads_than_are_granted(monkeypatch, granted, set_by_user, expected):
    monkeypatch.setattr(threads, "processors", lambda: granted)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if set_by_user:
        monkeypatch.setenv("OMP_NUM_THREADS", set_by_user)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        threads.use_what_is_granted()
        assert torch.get_num_threads() == expected
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(("granted", "expected"), [(3, "3"), (8, None)])
def test_pytorch_reads_how_many_are_granted_when_it_is_loaded(group, monkeypatch, granted, expected):
    monkeypatch.setattr(threads, "processors", lambda: granted)  # of 8
    monkeypatch.setattr(os, "environ", {})
    monkeypatch.delitem(sys.modules, "torch")
    threads.use_what_is_granted()
    assert os.environ.get("OMP_NUM_THREADS") == expected
