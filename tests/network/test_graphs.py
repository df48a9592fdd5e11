"""When a gradient is recorded as a CUDA graph and when it is played, with a GPU's recorder played by a fake."""

from contextlib import contextmanager

import pytest
import torch

from dreamcore.network.graphs import Graphs


class Recorder:
    """What `torch.cuda` offers for graphs: what is computed while recording is computed again when it is played."""

    def __init__(self, monkeypatch):
        self.work, self.refuses = None, False
        for name in ("CUDAGraph", "Stream", "current_stream"):
            monkeypatch.setattr(torch.cuda, name, lambda *_: self)
        monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: "pool")
        monkeypatch.setattr(torch.cuda, "stream", self.recording)
        monkeypatch.setattr(torch.cuda, "graph", self.recording)

    @contextmanager
    def recording(self, graph, pool=None):
        yield
        if pool and self.refuses:
            raise RuntimeError("operation not permitted when stream is capturing")

    def wait_stream(self, _):
        pass

    def replay(self):
        self.work()


@pytest.fixture
def recorder(monkeypatch):
    return Recorder(monkeypatch)


@pytest.fixture
def counted(recorder):
    """A computation that counts its calls and, as a graph does, can be done again in the same arrays."""
    calls = []

    def compute(x, factor):
        calls.append(factor)
        result = x * factor
        recorder.work = lambda: torch.mul(x, factor, out=result)
        return (result,)

    return compute, calls


def test_what_comes_once_is_not_recorded(counted):
    compute, calls = counted
    assert Graphs(compute)(torch.ones(2), 3)[0].tolist() == [3, 3]
    assert calls == [3]


def test_what_comes_again_is_played(counted):
    compute, calls = counted
    graphs = Graphs(compute)
    results = [graphs(torch.full((2,), float(number)), 3)[0] for number in range(5)]
    assert [each.tolist() for each in results] == [[0, 0], [3, 3], [6, 6], [9, 9], [12, 12]]
    assert len(calls) == 3  # at first, to warm up, and to record


def test_each_shape_and_objective_has_its_own_recording(counted):
    compute, calls = counted
    graphs = Graphs(compute)
    for _ in range(3):
        assert graphs(torch.ones(3), 2)[0].tolist() == [2, 2, 2]
    for _ in range(3):
        assert graphs(torch.ones(1), 5)[0].tolist() == [5]
    assert len(calls) == 6


def test_what_cannot_be_recorded_is_computed(counted, recorder):
    compute, calls = counted
    recorder.refuses = True
    graphs = Graphs(compute)
    assert [graphs(torch.full((1,), float(number)), 2)[0].item() for number in range(4)] == [0, 2, 4, 6]
    assert len(calls) == 6


def test_old_recordings_make_room(counted):
    compute, _ = counted
    graphs = Graphs(compute)
    for number in range(30):
        graphs(torch.ones(1), number)
    assert len(graphs.known) == 8
