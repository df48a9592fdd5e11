"""What a run took, and what would have been quicker."""

from types import SimpleNamespace

import pytest
import torch

from dreamcore.cli import quicker
from dreamcore.network import precision


def a_network(device="cpu", bits="float32"):
    return SimpleNamespace(device=torch.device(device), precision=bits)


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """A machine without a GPU, whose processor does not know bfloat16."""
    monkeypatch.setattr(quicker, "DRIVER", tmp_path / "driver")
    monkeypatch.setattr(precision, "_has_bfloat16", lambda device: False)
    return tmp_path


def test_where_nothing_is_quicker_nothing_is_said():
    assert [*quicker.hints(a_network())] == []


def test_half_the_bits_are_named_where_the_processor_knows_them(monkeypatch):
    monkeypatch.setattr(precision, "_has_bfloat16", lambda device: True)
    (hint,) = quicker.hints(a_network())
    assert "--precision auto" in hint
    assert [*quicker.hints(a_network(bits="bfloat16"))] == []


@pytest.mark.parametrize(
    ("build", "available", "reason"),
    [(None, False, "a build without CUDA"), ("13.0", False, "does not find it"), ("13.0", True, "--device cpu")],
)
def test_a_gpu_that_was_not_used_is_named_with_the_reason(monkeypatch, machine, build, available, reason):
    (machine / "driver").touch()
    monkeypatch.setattr(torch.version, "cuda", build)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    (hint,) = quicker.hints(a_network())
    assert hint.startswith("the GPU was not used because") and reason in hint
    assert [*quicker.hints(a_network("cuda"))] == []


def test_short_runs_get_no_advice_and_quiet_ones_no_word(monkeypatch, capsys):
    monkeypatch.setattr(precision, "_has_bfloat16", lambda device: True)
    times = iter([0, 2, 0, 8, 0, 8])
    monkeypatch.setattr(quicker, "monotonic", lambda: next(times))
    for quiet in (False, False, True):
        with quicker.took(a_network(), quiet):
            pass
    assert capsys.readouterr().err.splitlines() == [
        "That took 2 s",
        "That took 8 s; --precision auto takes about half as long here, and is a little coarser",
    ]
