"""Options of several commands."""

import pytest

from dreamcore import DreamError
from dreamcore.cli.options import read_size


@pytest.mark.parametrize(
    ("text", "size"), [("2GB", 2e9), ("1.5 GiB", 1.5 * 2**30), ("900mb", 9e8), (".5gb", 5e8), ("12345", 12345)]
)
def test_sizes_are_read(text, size):
    assert read_size(None, None, text) == size


@pytest.mark.parametrize("text", ["", "GB", "2 apples", "-1GB", "0", "1e3", "2GBB"])
def test_other_sizes_are_named(text):
    with pytest.raises(DreamError, match="allowed is a size such as 900MB, 2GB"):
        read_size(None, None, text)
