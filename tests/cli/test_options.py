"""Options of several commands."""

import pytest

from dreamcore import sequence
from dreamcore.cli import main, options
from dreamcore.large.plan import Plan


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


@pytest.mark.parametrize(
    ("option", "facts"),
    [
        ("--octave-scale", "[default: 1.4; 1.05<=x<=4]"),
        ("--seed", "[default: 0; x>=0]"),
        ("--layer", "[default: objects]"),
    ],
)
def test_help_says_what_each_number_may_be(capsys, option, facts):
    assert main(["frames", "--help"]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert words.partition(f"{option} VALUE")[2].partition(" --")[0].split(" -")[0].endswith(facts)
