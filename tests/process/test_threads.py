"""How many threads compute."""

import os
import sys

import pytest
import torch

from dreamcore.process import threads


@pytest.mark.parametrize(("granted", "set_by_user", "expected"), [(1, None, 1), (1, "2", 2), (64, None, 2)])
def test_pytorch_gets_no_more_threads_than_are_granted(monkeypatch, granted, set_by_user, expected):
    monkeypatch.setattr(threads, "granted_threads", lambda: granted)
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
def test_pytorch_reads_how_many_are_granted_when_it_is_loaded(monkeypatch, granted, expected):
    monkeypatch.setattr(threads, "granted_threads", lambda: granted)
    monkeypatch.setattr(threads, "usable_processors", lambda: 8)
    monkeypatch.setattr(os, "environ", {})
    monkeypatch.delitem(sys.modules, "torch")
    threads.use_what_is_granted()
    assert os.environ.get("OMP_NUM_THREADS") == expected
