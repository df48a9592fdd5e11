"""Folders are there only where something has come of them."""

import pytest

from dreamcore.errors import DreamError
from dreamcore.folders import made_folder, new_folder


def test_a_folder_is_made_with_those_above_it(tmp_path):
    with made_folder(tmp_path / "a" / "b") as folder:
        assert folder == tmp_path / "a" / "b" and folder.is_dir()
    assert folder.is_dir()


def test_what_was_made_and_stays_empty_goes_with_an_error(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(ValueError), made_folder(tmp_path / "mine" / "a" / "b"):
        raise ValueError
    assert not [*(tmp_path / "mine").iterdir()]


def test_what_holds_something_stays_with_an_error(tmp_path):
    with pytest.raises(ValueError), made_folder(tmp_path / "a" / "b") as folder:
        (folder.parent / "x").write_text("x")
        raise ValueError
    assert [each.name for each in (tmp_path / "a").iterdir()] == ["x"]


def test_a_folder_that_was_there_stays_though_it_is_empty(tmp_path):
    with pytest.raises(ValueError), made_folder(tmp_path):
        raise ValueError
    assert tmp_path.is_dir()


@pytest.mark.parametrize("name", ["", "file", "file/b"])
def test_a_folder_that_cannot_be_made_is_said_to_be_one(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(DreamError, match="folder"), made_folder(name):
        pass


def test_a_new_folder_is_there_when_it_is_full(tmp_path):
    with new_folder(tmp_path / "a" / "b") as folder:
        (folder / "x").write_text("x")
        assert not (tmp_path / "a" / "b").exists()
    assert [each.name for each in (tmp_path / "a" / "b").iterdir()] == ["x"]


def test_what_goes_wrong_while_a_folder_is_filled_is_not_said_of_the_folder(tmp_path):
    with pytest.raises(ValueError, match="another matter"), new_folder(tmp_path / "b"):
        raise ValueError("another matter")
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    with pytest.raises(DreamError, match="cannot make the folder .*file: "), new_folder(tmp_path / "file" / "c"):
        pass
