"""Options of several commands."""

import pytest

from dreamcore import DreamError
from dreamcore.ascent.estimates import Estimate
from dreamcore.cli.options import announce, read_size


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
    monkeypatch.setattr("dreamcore.ascent.estimate", lambda *_, **__: Estimate(60.0, 2_000_000_000, 12), raising=False)
    announce(None, (100, 100), {"iterations": 10}, 1, None)
    assert capsys.readouterr().err == ""
    announce(None, (6000, 4000), {"iterations": 10}, 3, None)
    assert capsys.readouterr().err == ("This will take about 3 min and 2.0 GB of memory, each picture in 12 tiles.\n")
