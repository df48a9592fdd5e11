"""How far a work is: the signature of the API, and what commands show of it."""

import io

import pytest

from dreamcore import progress as module
from dreamcore.progress import Progress, report


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until a test moves it."""
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    return now


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_function_is_told_two_numbers():
    calls = []
    report(lambda done, total: calls.append((done, total)), 3, None, 500)
    assert calls == [(3, None)]


def test_what_has_a_method_wrote_is_told_the_bytes_first():
    class Listener:
        def wrote(self, size):
            calls.append(("wrote", size))

        def __call__(self, done, total):
            calls.append((done, total))

    calls = []
    report(Listener(), 3, 8, 500)
    assert calls == [("wrote", 500), (3, 8)]


def test_nobody_needs_to_listen():
    report(None, 3, 8, 500)


def test_frames_say_the_third_and_the_last_with_the_size_to_expect(clock, capsys):
    with Progress() as progress:
        for done in range(1, 9):
            clock[0] += 0.5
            report(progress, done, 8, 1000 * done)
    assert capsys.readouterr().err.splitlines() == [
        " 38%  frame 3 of 8, 2 s left, 8 kB expected",
        "100%  frame 8 of 8, 0 s left, 8 kB expected",
    ]


def test_without_a_total_the_time_and_the_size_so_far_are_said(clock, capsys):
    with Progress() as progress:
        for done in range(1, 4):
            clock[0] += 1
            report(progress, done, None, 1000 * done)
    assert capsys.readouterr().err == "frame 3, 3 s, 3 kB so far\n"


def test_a_sequence_counts_its_frames_and_says_so_every_five_seconds(clock, capsys):
    with Progress(frames=2) as progress:
        for step in (1, 2, 3, 4, 1, 2, 3, 4):
            clock[0] += 3
            progress(step, 4)
    assert capsys.readouterr().err.splitlines() == [
        " 25%  frame 1 of 2, 18 s left",
        " 50%  frame 2 of 2, 12 s left",
        " 75%  frame 2 of 2, 6 s left",
        "100%  frame 2 of 2, 0 s left",
    ]


@pytest.mark.parametrize("terminal", [False, True])
def test_quiet_shows_nothing(monkeypatch, terminal):
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    with Progress(quiet=True) as progress:
        progress(3, 8)
    with Progress(frames=1, quiet=True) as progress:
        progress(1, 1)
    assert stream.getvalue() == ""


def test_a_terminal_shows_a_bar(monkeypatch):
    monkeypatch.setattr("sys.stderr", Terminal())
    with Progress() as progress:
        report(progress, 6, 8, 3000)
        text = str(progress.bar)
    assert "75%" in text and "frame 6/8, 4 kB expected" in text and "left" in text


def test_the_bar_of_a_sequence_is_there_before_the_first_step(monkeypatch):
    monkeypatch.setattr("sys.stderr", Terminal())
    with Progress(frames=4) as progress:
        assert "0%" in str(progress.bar) and "frame 1/4" in str(progress.bar)
        progress(1, 2)
        assert "12%" in str(progress.bar) and "frame 1/4" in str(progress.bar)
        progress(2, 2)
        assert "25%" in str(progress.bar) and "frame 2/4" in str(progress.bar)


def test_the_bar_of_an_unknown_number_of_frames_counts_them(monkeypatch):
    monkeypatch.setattr("sys.stderr", Terminal())
    with Progress() as progress:
        report(progress, 6, None, 3000)
        assert "frame 6, 3 kB so far" in str(progress.bar)
