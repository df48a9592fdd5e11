"""Sizes in bytes, read and written; texts of any length."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamcore import DreamError
from dreamcore.errors import nearest
from dreamcore.text import NUMBER, read_size, size_text


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2GB", 2e9),
        ("1.5 GiB", 1.5 * 2**30),
        ("900mb", 9e8),
        (".5gb", 5e8),
        ("12345", 12345),
        ("8", 8),
        ("8B", 8),
        ("1.5MB", 1_500_000),
        ("1 GB", 10**9),
        ("8kB", 8000),
        (" 2MiB ", 2 << 20),
    ],
)
def test_sizes_are_read(text, size):
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["", "GB", "2 apples", "-1GB", "0", "0.4", "1e3", "2GBB"])
def test_other_sizes_are_named(text):
    with pytest.raises(DreamError, match=f"'{text}': allowed is a size such as 900MB, 2GB"):
        read_size(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (38_649, "38.6 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (900_000_000, "900 MB"),
        (16_190_000_000, "16.2 GB"),
    ],
)
def test_a_size_is_written_with_three_digits(size, text):
    assert size_text(size) == text


@given(st.integers(1, 999_000_000_000))
def test_a_written_size_is_read_back_to_three_digits(size):
    assert abs(read_size(size_text(size).replace(" bytes", "")) - size) <= size * 0.005


def test_a_long_text_is_no_number_at_once():
    begin = time.process_time()
    assert not NUMBER.fullmatch("9" * 100_000 + "x")
    with pytest.raises(DreamError):
        read_size("9" * 100_000 + "x")
    assert (
        time.process_time() - begin < 5
    )  # seconds of the processor; where each digit is read in every way, it takes minutes


def test_a_long_name_is_near_to_none():
    begin = time.process_time()
    assert nearest("zoom" * 100_000, ["zoom" * 50, "roll"]) == ""
    assert time.process_time() - begin < 5


def test_an_error_is_never_longer_than_people_read():
    for text in ("x" * 5000, "\x1b" * 900, "a\n" * 700):
        assert len(str(DreamError(text))) <= 1000
        assert str(DreamError(text)).isprintable()


def test_an_error_about_a_text_of_several_lines_is_one_line():
    assert str(DreamError("delay [1,\n  2] is no number")) == "delay [1,\\n  2] is no number"


def test_an_error_may_point_at_a_place_below_it():
    pointed = "unknown\n  transform\n  zom(1)\n  ^"
    assert str(DreamError(pointed)) == "unknown\\n  transform\n  zom(1)\n  ^"


def test_a_size_beyond_all_numbers_is_written():
    assert size_text(10**400) == "1e+291 GB"
