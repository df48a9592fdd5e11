"""Files are whole or not there."""

import errno
import os
from pathlib import Path

import pytest

from dreamcore.errors import DreamError, nearest
from dreamcore.files import atomic_write, remove_leftovers


def test_the_file_appears_when_the_block_ends(tmp_path):
    with atomic_write(tmp_path / "x") as file:
        file.write(b"new")
        assert not (tmp_path / "x").exists()
    assert (tmp_path / "x").read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


def test_the_file_can_be_read_and_has_a_name_until_then(tmp_path):
    with atomic_write(tmp_path / "x") as file:
        file.write(b"new")
        file.seek(0)
        assert file.read() == b"new"
        assert Path(file.name).parent == tmp_path and Path(file.name).read_bytes() == b"new"


def test_an_error_about_another_file_is_not_said_to_be_about_this_one(tmp_path):
    with pytest.raises(FileNotFoundError, match="other"), atomic_write(tmp_path / "x"):
        (tmp_path / "other").read_bytes()
    assert not list(tmp_path.iterdir())


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), atomic_write(tmp_path / "x") as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert (tmp_path / "x").read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


def test_a_full_disk_is_one_clear_error(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DreamError, match="cannot write .*x: No space left on device"), atomic_write(tmp_path / "x"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_one_clear_error(tmp_path):
    with pytest.raises(DreamError, match="No such file"), atomic_write(tmp_path / "no" / "x"):
        pass


def test_new_files_have_the_usual_rights(tmp_path):
    (tmp_path / "usual").touch()
    with atomic_write(tmp_path / "x"):
        pass
    assert (tmp_path / "x").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_leftovers_of_a_killed_process_go(tmp_path):
    (tmp_path / ".0001.png.abc.part").touch()
    (tmp_path / "0001.png").touch()
    remove_leftovers(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["0001.png"]


def test_nearest_names_the_closest_or_nothing():
    assert nearest("inception_4c/outptu", ["inception_4c/output", "data"]) == ' (did you mean "inception_4c/output"?)'
    assert nearest("q", ["inception_4c/output"]) == ""
