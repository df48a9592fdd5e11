"""A process that its owner has tuned."""

import pytest

from dreamcore.process import environment, heap, tuning
from dreamcore.process.environment import is_glibc
from tests.process.test_untouched import run

pytestmark = pytest.mark.skipif(not is_glibc(), reason="nothing is tuned with another C library")
TUNE = "import os, sys, dreamcore; from tests.process.state import keeps_blocks; dreamcore.tune_process()\n"


def test_blocks_are_kept(tmp_path):
    assert run(TUNE + "print(keeps_blocks())", tmp_path).stdout == "True\n"


def test_a_users_own_threshold_stands(tmp_path):
    done = run(TUNE + "print(keeps_blocks())", tmp_path, MALLOC_MMAP_THRESHOLD_="1000000")
    assert done.stdout == "False\n"


def test_the_threads_of_pytorch_wait_as_told(tmp_path):
    done = run(TUNE + "import torch", tmp_path, OMP_DISPLAY_ENV="verbose")
    assert "GOMP_SPINCOUNT = '5000'" in done.stderr


def test_so_do_they_where_tuning_has_not_loaded_pytorch(tmp_path):
    assert run(TUNE + "print('torch' in sys.modules)", tmp_path).stdout == "False\n"


@pytest.mark.parametrize(("name", "value"), [("GOMP_SPINCOUNT", "7"), ("OMP_WAIT_POLICY", "active")])
def test_a_users_own_way_of_waiting_stands(tmp_path, name, value):
    code = TUNE + "print(os.environ.get('GOMP_SPINCOUNT'), os.environ.get('OMP_WAIT_POLICY'))"
    expected = {"GOMP_SPINCOUNT": None, "OMP_WAIT_POLICY": None, name: value}
    assert run(code, tmp_path, **{name: value}).stdout.split() == [str(each) for each in expected.values()]


def test_once_pytorch_is_loaded_it_says_what_is_too_late(monkeypatch):
    monkeypatch.setattr(tuning, "keep_blocks", lambda: None)
    monkeypatch.setattr(tuning, "use_what_is_granted", lambda: None)
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.setattr(environment, "_is_told", False)
    with pytest.warns(RuntimeWarning, match="PyTorch is loaded already"):
        tuning.tune_process()


def test_it_is_not_too_late_once_dreamcore_has_loaded_pytorch(tmp_path):
    done = run("import dreamcore, warnings; warnings.simplefilter('error'); dreamcore.dream\n" + TUNE, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_tuning_twice_says_nothing(tmp_path):
    done = run(TUNE + "import torch; dreamcore.tune_process()", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_tuned_process_gives_back_what_a_dream_has_taken(tmp_path):
    code = (
        TUNE
        + """
import ctypes, numpy
from dreamcore.process.heap import blocks_kept

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

before = resident()
with blocks_kept():
    blocks = [numpy.ones(2**21) for _ in range(4)]
    wall = ctypes.CDLL(None).malloc(64)  # what lies above keeps the heap from shrinking by itself
    del blocks
    kept = resident() - before
print(kept > 6e7, resident() - before < 2e7)
"""
    )
    assert run(code, tmp_path).stdout == "True True\n"


def test_another_programs_heap_is_not_given_back(monkeypatch):
    monkeypatch.setattr(heap, "_keeps", False)
    monkeypatch.setattr(heap.ctypes, "CDLL", lambda _: pytest.fail("the C library was called"))
    with heap.blocks_kept():
        pass
