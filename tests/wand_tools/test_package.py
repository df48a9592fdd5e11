"""The package as others import it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import wand_tools
from dreamcore import DreamError
from wand_tools import AnimationError

PACKAGE = Path(wand_tools.__file__).parent
PUBLIC = [
    "AnimationError",
    "AnimationWarning",
    "Info",
    "Made",
    "check_animation",
    "contact_sheet",
    "frames",
    "info",
    "make_animation",
    "open_source",
    "reverse",
    "to_wand",
]
GROUND = ["children", "compiling", "console", "errors", "extras", "files", "images", "locks", "notes", "progress"]
GROUND += ["rasters", "shared_options", "text"]
SHARED = {"dreamcore", *(f"dreamcore.{name}" for name in GROUND)}


def python(code):
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()


def test_dir_shows_the_public_names_and_nothing_else():
    assert dir(wand_tools) == PUBLIC
    assert wand_tools.__all__ == PUBLIC


def test_dir_stays_the_same_when_everything_is_imported():
    code = "import wand_tools, wand_tools.cli, wand_tools.make, wand_tools.sheet; print(*dir(wand_tools))"
    assert python(code) == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there(name):
    assert getattr(wand_tools, name).__name__ == name


def test_type_checkers_are_told_that_there_are_types():
    assert (PACKAGE / "py.typed").exists()


def test_no_module_has_the_name_of_something_in_it():
    for path in PACKAGE.rglob("*.py"):
        names = {
            node.name for node in ast.parse(path.read_text()).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        }
        assert path.stem not in names, path


def test_the_public_names_cost_nothing_until_they_are_used():
    assert python("import sys, wand_tools; print(*({'numpy', 'PIL', 'wand', 'click'} & set(sys.modules)))") == []


@pytest.mark.parametrize("arguments", [["--help"], ["make", "--help"]])
def test_help_waits_for_no_big_package(arguments):
    code = f"""
import sys
from wand_tools.cli import main
try:
    main({arguments})
except SystemExit:
    sys.stderr.write('left')
print('#', *({{'numpy', 'PIL', 'wand', 'scipy', 'torch', 'tqdm'}} & set(sys.modules)))
"""
    assert python(code)[-1] == "#"


def test_of_dreamcore_only_what_is_shared_is_imported():
    modules = sorted(
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in PACKAGE.rglob("*.py")
    )
    code = f"import sys, {', '.join(modules)}; print(*(name for name in sys.modules if name.startswith('dreamcore')))"
    imported = set(python(code))
    assert "dreamcore.files" in imported
    assert imported <= SHARED


def test_there_is_one_base_of_errors():
    assert issubclass(AnimationError, DreamError)


def test_a_file_that_cannot_be_written_is_a_dream_error(tmp_path, folder, monkeypatch):
    import errno
    import os

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DreamError, match=r"cannot write .*a\.gif: No space left on device"):
        wand_tools.make_animation(folder, tmp_path / "a.gif", jobs=1)
    assert [entry.name for entry in tmp_path.iterdir()] == ["frames"]
