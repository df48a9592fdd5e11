"""What was found out about a machine once."""

import os
import sys

import pytest

from dreamcore import remembered


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setattr(remembered, "user_folder", lambda kind: tmp_path / kind)
    return tmp_path / "cache"


def test_a_fact_is_known_the_next_time():
    remembered.remember("speed", "chip 1", 2.5)
    remembered.remember("speed", "chip 2", 3)
    assert remembered.recall("speed") == {"chip 1": 2.5, "chip 2": 3}
    assert remembered.recall("weight") == {}


@pytest.mark.parametrize("content", [b"", b"\xff\0", b"3", b"[1, null]", b"[" * 100_000])
def test_a_damaged_file_knows_nothing_and_is_written_anew(cache, content):
    cache.mkdir()
    (cache / "speed.json").write_bytes(content)
    assert remembered.recall("speed") == {}
    remembered.remember("speed", "chip", 1)
    assert remembered.recall("speed") == {"chip": 1}


def test_where_nothing_can_be_kept_nothing_is_known(cache):
    cache.write_text("a file in the place of the folder")
    remembered.remember("speed", "chip", 1)
    assert remembered.recall("speed") == {}


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="folders can be closed to their owners only")
def test_a_folder_that_is_closed_knows_nothing(cache):
    cache.mkdir(mode=0)
    remembered.remember("speed", "chip", 1)
    assert remembered.recall("speed") == {}
