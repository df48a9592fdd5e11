"""What a command imports before it is needed."""

import subprocess
import sys

import pytest

from dreamcore.cli import COMMANDS


def modules_after(*arguments):
    code = f"import sys; from dreamcore.cli import main; main({list(arguments)!r}); print(*sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    return set(out.splitlines()[-1].split())


def test_help_imports_neither_numpy_nor_torch():
    assert not {"numpy", "torch", "scipy", "PIL"} & modules_after("--help")


@pytest.mark.parametrize("command", [*([name, "--help"] for name in COMMANDS), ["recipes", "list"], ["models", "list"]])
def test_torch_is_imported_only_when_a_network_runs(command):
    assert "torch" not in modules_after(*command)


def test_importing_the_package_imports_no_torch():
    code = "import dreamcore, sys; assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
