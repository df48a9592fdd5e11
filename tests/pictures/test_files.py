"""Files are whole or not there."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dreamcore.errors import DreamError, nearest
from dreamcore.files import atomic_write, check_room, check_target
from dreamcore.locks import only_run


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
    with pytest.raises(DreamError, match="there is no folder"), atomic_write(tmp_path / "no" / "x"):
        pass


def test_new_files_have_the_usual_rights(tmp_path):
    (tmp_path / "usual").touch()
    with atomic_write(tmp_path / "x"):
        pass
    assert (tmp_path / "x").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_the_next_writer_removes_what_a_killed_one_left(tmp_path):
    start = "import os, sys; from dreamcore.files import atomic_write"
    kill = (
        f"{start}\nwith atomic_write(sys.argv[1]) as file: file.write(b'half'); file.flush(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", kill, tmp_path / "x"], check=False)
    assert len(list(tmp_path.glob(".x.*"))) == 1
    with atomic_write(tmp_path / "y"):
        assert len(list(tmp_path.glob(".x.*"))) == 1
    with atomic_write(tmp_path / "x"):
        pass
    assert sorted(each.name for each in tmp_path.iterdir()) == ["x", "y"]


def test_what_another_writes_or_another_program_left_stays(tmp_path):
    (tmp_path / ".x.download.part").touch()
    with atomic_write(tmp_path / "x") as first:
        first.write(b"first")
        with atomic_write(tmp_path / "x") as second:
            second.write(b"second")
    assert (tmp_path / "x").read_bytes() == b"first"
    assert sorted(each.name for each in tmp_path.iterdir()) == [".x.download.part", "x"]


def test_what_many_killed_writers_left_is_removed_and_who_still_writes_is_left_alone(tmp_path):
    for number in (0, 2, 3):
        (tmp_path / f".x.{number}.dreamcore-part").touch()
    with atomic_write(tmp_path / "x") as first, atomic_write(tmp_path / "x") as second:
        names = {path.name for path in tmp_path.iterdir()}
        assert names == {Path(first.name).name, Path(second.name).name}
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


def test_a_write_does_not_list_the_folder(tmp_path, monkeypatch):
    def scandir(*place):
        raise AssertionError(f"{place} is listed")

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(os, "listdir", scandir)
    with pytest.raises(AssertionError):
        [*tmp_path.glob("*")]
    with atomic_write(tmp_path / "x"):
        pass


@pytest.mark.parametrize("name", ["", ".", "a\0b", "folder", "x" * 300])
def test_what_is_no_files_name_is_one_clear_error(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(DreamError, match="cannot write"), atomic_write(f"{tmp_path}/{name}"):
        pass
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_the_longest_name_can_be_written(tmp_path):
    with atomic_write(tmp_path / ("ü" * 127)):
        pass
    assert [each.name for each in tmp_path.iterdir()] == ["ü" * 127]


def test_one_run_works_in_a_folder_at_a_time(tmp_path):
    with only_run(tmp_path):
        with pytest.raises(DreamError, match=f"another run .*process {os.getpid()} on .*since 2"), only_run(tmp_path):
            pass
        assert len(list(tmp_path.iterdir())) == 1
    with only_run(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_the_lock_of_a_killed_run_is_stale(tmp_path):
    kill = "import os, sys; from dreamcore.locks import only_run\nwith only_run(sys.argv[1]): os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", kill, tmp_path], check=False)
    assert list(tmp_path.iterdir())
    with only_run(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_nearest_names_the_closest_or_nothing():
    assert nearest("inception_4c/outptu", ["inception_4c/output", "data"]) == ' (did you mean "inception_4c/output"?)'
    assert nearest("q", ["inception_4c/output"]) == ""


def test_a_place_where_nothing_can_be_written_is_found_before_the_work(tmp_path, monkeypatch):
    check_target(tmp_path / "x")
    assert not list(tmp_path.iterdir())

    def refuse(*args, **kwargs):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(DreamError, match="cannot write .*Permission denied"):
        check_target(tmp_path / "x")


def test_room_is_looked_for_where_a_folder_will_be(tmp_path):
    check_room(tmp_path / "a" / "b", 1)
    with pytest.raises(DreamError, match="too little room in .*b: about 1e"):
        check_room(tmp_path / "a" / "b", 10**30)


def test_a_lock_holds_where_the_disk_has_no_room_for_its_words(tmp_path, monkeypatch):
    def no_room(*args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(os, "write", no_room)
        with only_run(tmp_path), pytest.raises(DreamError, match="another run works"), only_run(tmp_path):
            pass
    assert not list(tmp_path.iterdir())
