"""Whoever uses dreamcore from Python owns the process: nothing of it changes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dreamcore.process.environment import is_glibc

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not is_glibc(), reason="looks into glibc's heap")
CHOSEN = ("GLIBC_TUNABLES", "GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "OMP_NUM_THREADS", "MALLOC_MMAP_THRESHOLD_")
BEGIN = """
import sys
from tests.process.state import differences, keeps_blocks, state
{first}
before = state()
"""
END = """
changes = differences(before, state())
assert not changes, changes
"""

USES = {
    "all modules are imported": """
from importlib import import_module
from pkgutil import walk_packages
import dreamcore
for each in walk_packages(dreamcore.__path__, "dreamcore."):
    import_module(each.name)
""",
    "a network is loaded": "import dreamcore; dreamcore.load_network()",
    "a picture is dreamed": """
import dreamcore, numpy
picture = numpy.full((48, 64, 3), 99, "u1")
dreamcore.dream(picture, dreamcore.load_network(), layer="patterns", octaves=2, iterations=1, seed=1)
""",
    "the command line is called": "import dreamcore.cli; dreamcore.cli.main(['recipes', 'list'])",
    "the command line is called wrongly": "import dreamcore.cli; dreamcore.cli.main(['no such'])",
    "a command dreams": """
from dreamcore.cli import main
picture, dream = sys.argv[1] + "/sky.png", sys.argv[1] + "/dream.png"
main(["sky", picture])
main(["still", picture, dream, "--iterations", "1", "--octaves", "1"])
""",
}
FIRST = {
    "PyTorch has one thread": "import torch; torch.set_num_threads(1)",
}
LOADS = {
    "a network is loaded": "import dreamcore; dreamcore.load_network()",
    "a public name is imported": "from dreamcore import dream",
}
SHORT = "GOMP_SPINCOUNT = '5000'"


def run(code, folder, **environment):
    clean = {name: value for name, value in os.environ.items() if name not in CHOSEN}
    return subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        env={**clean, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("use", USES)
def test_nothing_of_the_process_changes_when(use, tmp_path):
    done = run(BEGIN.format(first="") + USES[use] + END, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("first", FIRST)
def test_a_dream_leaves_threads_as_they_are_where(first, tmp_path):
    done = run(BEGIN.format(first=FIRST[first]) + USES["a picture is dreamed"] + END, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("load", LOADS)
def test_the_pytorch_that_dreamcore_loads_gives_way_to_other_programs_when(load, tmp_path):
    done = run(BEGIN.format(first="") + LOADS[load] + END, tmp_path, OMP_DISPLAY_ENV="verbose")
    assert done.returncode == 0 and SHORT in done.stderr, done.stderr


@pytest.mark.parametrize("name", ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"])
def test_a_users_own_way_of_waiting_stands(name, tmp_path):
    value = {"GOMP_SPINCOUNT": "7", "OMP_WAIT_POLICY": "PASSIVE"}[name]
    code = BEGIN.format(first="") + LOADS["a network is loaded"] + END
    done = run(code, tmp_path, OMP_DISPLAY_ENV="verbose", **{name: value})
    assert f"{name} = '{value}'" in done.stderr and SHORT not in done.stderr


def test_a_change_of_the_heap_would_be_seen(tmp_path):
    code = BEGIN.format(first="") + "from dreamcore.process.heap import keep_blocks; keep_blocks()" + END
    assert "keeps blocks" in run(code, tmp_path).stderr
