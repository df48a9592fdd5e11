"""Options of several commands."""

import pytest

from dreamcore import DreamError, sequence
from dreamcore.cli import options
from dreamcore.cli.options import read_size
from dreamcore.large.plan import Plan


@pytest.mark.parametrize(
    ("text", "size"), [("2GB", 2e9), ("1.5 GiB", 1.5 * 2**30), ("900mb", 9e8), (".5gb", 5e8), ("12345", 12345)]
)
def test_sizes_are_read(text, size):
    assert read_size(None, None, text) == size


@pytest.mark.parametrize("text", ["", "GB", "2 apples", "-1GB", "0", "1e3", "2GBB"])
def test_other_sizes_are_named(text):
    with pytest.raises(DreamError, match="allowed is a size such as 900MB, 2GB"):
        read_size(None, None, text)


def test_long_work_is_announced_and_short_work_is_not(monkeypatch, capsys):
    found = Plan(tile_pixels=9, tiles=12, memory=2_000_000_000, disk=1, seconds=180.0)
    monkeypatch.setattr(sequence, "plan_job", lambda job, memory: found, raising=False)
    monkeypatch.setattr(sequence, "foretell", lambda job, plan: plan, raising=False)
    for work, said in (
        (1e6, ""),
        (1e9, "This will take about 3 min and 2.0 GB of memory, each picture in 12 tiles.\n"),
    ):
        monkeypatch.setattr(sequence, "work", lambda job, work=work: work, raising=False)
        assert options.plan(None, None, quiet=False) is found
        assert capsys.readouterr().err == said
