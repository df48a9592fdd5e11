"""What is said where a package is missing: the command that puts it beside the program, however that was installed."""

import configparser
import importlib.util
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from dreamcore import extras
from dreamcore.errors import DreamError
from dreamcore.extras import Extra, install_command

TABLE = [each for each in vars(extras).values() if isinstance(each, Extra)]


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """An environment in a folder with a blank, whose Python has pip, in a shell that finds no pip."""
    home = tmp_path / "my dreams"
    home.mkdir()
    monkeypatch.setattr(sys, "prefix", str(home))
    monkeypatch.setattr(sys, "executable", str(home / "bin" / "python"))
    monkeypatch.setattr(extras, "find_spec", importlib.util.find_spec)
    monkeypatch.setattr(extras.shutil, "which", lambda command: None)
    return home


def test_where_the_shells_pip_is_this_pythons_it_is_named(environment, monkeypatch):
    monkeypatch.setattr(extras.shutil, "which", lambda command: str(environment / "bin" / command))
    assert install_command("av") == "pip install av"


def test_where_it_is_another_pythons_this_python_is_named(environment, monkeypatch):
    assert install_command("av") == f"'{environment}/bin/python' -m pip install av"
    monkeypatch.setattr(extras.shutil, "which", lambda command: f"/usr/bin/{command}")
    assert install_command("av", "h5py") == f"'{environment}/bin/python' -m pip install av h5py"


def test_pipx_is_told_which_of_its_environments(environment):
    (environment / "pipx_metadata.json").write_text("{}")
    assert install_command("--upgrade", "pillow") == "pipx runpip 'my dreams' install --upgrade pillow"


def test_where_there_is_no_pip_uv_is_named(environment, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda module: None)
    assert install_command("av") == f"uv pip install --python '{environment}/bin/python' av"


@pytest.mark.parametrize("extra", TABLE, ids=lambda extra: extra.module)
def test_a_missing_package_is_one_line_that_says_what_to_install(extra, monkeypatch):
    monkeypatch.setitem(sys.modules, extra.module, None)
    with pytest.raises(DreamError) as caught:
        extra.load("a.mp4")
    assert str(caught.value) == f"a.mp4 needs {extra.title}: {install_command(*extra.packages)}"


@pytest.mark.parametrize("extra", TABLE, ids=lambda extra: extra.module)
def test_what_is_named_is_what_setup_cfg_calls_it(extra):
    config = configparser.ConfigParser()
    config.read(Path(__file__).resolve().parents[1] / "setup.cfg")
    texts = [config["options"]["install_requires"], *config["options.extras_require"].values()]
    known = {Requirement(line).name for text in texts for line in text.splitlines() if line}
    assert {name for name in extra.packages if not name.startswith("-")} <= known
