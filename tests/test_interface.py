"""What the packages show to those who use them from Python."""

import subprocess
import sys

import pytest

import dreamcore


def test_dir_shows_the_public_names_and_nothing_else():
    assert set(dir(dreamcore)) == set(dreamcore.__all__)
    assert {"dream", "load_network", "zoom", "make_job"} <= set(dir(dreamcore))


ROOMS = ("dreamcore", "dreamcore.ascent", "dreamcore.models", "dreamcore.network", "dreamcore.sequence")


@pytest.mark.parametrize("package", ROOMS)
def test_every_public_name_can_be_had(package):
    module = __import__(package, fromlist=["x"])
    assert all(getattr(module, name) is not None for name in module.__all__)


def test_importing_the_package_imports_neither_numpy_nor_torch():
    code = "import dreamcore, sys; print(*{'numpy', 'torch', 'PIL'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"
