"""Options of several commands."""

import click
import pytest

from dreamcore import sequence
from dreamcore.cli import cli, main, options
from dreamcore.large.plan import Plan
from wand_tools.cli import commands as wandgif

from .test_exit_codes import leaves


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


def all_options():
    """Return by its name what each option is called and says, at both command lines."""
    found = {}
    for group in (cli, wandgif):
        for words, command in (each.values for each in leaves(group)):
            for each in command.params:
                if isinstance(each, click.Option):
                    found.setdefault(max(each.opts, key=len), {})[(group.name, *words)] = each
    return found


def test_an_option_has_the_same_short_form_at_every_command():
    for name, found in all_options().items():
        assert len({tuple(each.opts) for each in found.values()}) == 1, name


@pytest.mark.parametrize("name", ["--quiet", "--force", "--max-decoded", "--device", "--memory", "--seed", "--mask"])
def test_an_option_that_means_the_same_says_the_same(name):
    said = {each.help.partition("  [")[0] for each in all_options()[name].values()}
    assert len(said) == 1


@pytest.mark.parametrize(
    "words", ["sky", "farm export", "gimp install", "magick install", "recipes check", "still", "sweep", "atlas"]
)
def test_what_makes_something_can_be_quiet(words):
    assert ("cli", *words.split()) in all_options()["--quiet"]
