"""What the packages show to those who use them from Python."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import dreamcore


def test_dir_shows_the_public_names_and_nothing_else():
    assert set(dir(dreamcore)) == set(dreamcore.__all__)
    assert {"dream", "load_network", "zoom", "make_job"} <= set(dir(dreamcore))


ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("dreamcore", "wand_tools", "gimp_plugin")
ROOMS = (
    "dreamcore",
    "dreamcore.ascent",
    "dreamcore.farm",
    "dreamcore.models",
    "dreamcore.network",
    "dreamcore.sequence",
)


@pytest.mark.parametrize("package", ROOMS)
def test_every_public_name_can_be_had(package):
    module = __import__(package, fromlist=["x"])
    assert all(getattr(module, name) is not None for name in module.__all__)


def test_importing_the_package_imports_neither_numpy_nor_torch():
    code = "import dreamcore, sys; print(*{'numpy', 'torch', 'PIL'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"


def test_no_module_has_the_name_of_its_function():
    for path in (file for package in PACKAGES for file in (ROOT / package).rglob("*.py")):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert path.stem not in [node.name for node in body if isinstance(node, ast.FunctionDef)], path


def test_no_module_is_longer_than_350_lines_and_no_function_than_60():
    for path in (file for package in PACKAGES for file in (ROOT / package).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 350, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
                assert node.end_lineno - first.lineno < 60, f"{node.name} in {path}"
