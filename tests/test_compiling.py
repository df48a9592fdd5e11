"""Functions that are compiled once, and kept on disk."""

import subprocess
import sys

import numpy as np
import pytest

from dreamcore import compiling
from wand_tools.kernels import clusters

PACKAGE = "wand_tools.kernels"


@pytest.fixture
def anew(monkeypatch):
    """Nothing is loaded yet; afterwards what was loaded before is there again."""
    monkeypatch.setattr(compiling, "_LIBRARIES", {})


def kept(folder):
    return sorted(folder.glob("*.code"))


def test_code_is_kept_and_loaded_again(tmp_path, monkeypatch, anew):
    monkeypatch.setattr(compiling, "_places", lambda folder: [tmp_path])
    with pytest.warns(UserWarning, match="^compiling for this processor, once$"):
        first = compiling._found(PACKAGE)
    [file] = kept(tmp_path)
    monkeypatch.setattr(compiling, "call_apart", None)  # nothing is compiled again
    assert compiling._found(PACKAGE).keys() == first.keys() > {"weigh", "look_up", "encode", "unfilter"}
    assert file.name.startswith("kernels.")


def test_damaged_code_is_compiled_again(tmp_path, monkeypatch, anew):
    monkeypatch.setattr(compiling, "_places", lambda folder: [tmp_path])
    compiled = {"f": "symbol"}, b"code"
    monkeypatch.setattr(compiling, "call_apart", lambda function, modules: compiled)
    monkeypatch.setattr(compiling, "_loaded", lambda library: library)
    compiling._found(PACKAGE)
    [file] = kept(tmp_path)
    for damage in (b"", file.read_bytes()[:-1], b"x" + file.read_bytes()[1:]):
        file.write_bytes(damage)
        assert compiling._found(PACKAGE) == compiled
        assert compiling._opened(file.read_bytes()) == compiled


def test_where_nothing_can_be_kept_it_works_all_the_same(tmp_path, monkeypatch, anew):
    monkeypatch.setattr(compiling, "_places", lambda folder: [tmp_path / "file" / "below"])
    (tmp_path / "file").touch()
    monkeypatch.setattr(compiling, "call_apart", lambda function, modules: ({}, b""))
    monkeypatch.setattr(compiling, "_loaded", lambda library: library)
    assert compiling._found(PACKAGE) == ({}, b"")


def test_an_array_of_another_kind_is_refused():
    with pytest.raises(TypeError, match="float64 array where compiled code wants a contiguous one of uint8"):
        clusters.weigh(np.zeros((2, 2, 3)), 2, 2, *np.zeros((2, 4), np.int32), np.zeros(4, np.float32))
    with pytest.raises(TypeError, match="contiguous"):
        clusters.weigh(np.zeros((2, 4, 3), np.uint8)[:, ::2], 2, 2, *np.zeros((2, 4), np.int32), np.zeros(4, "f4"))


@pytest.mark.parametrize(
    "code",
    [
        "from wand_tools.writers.palettes import visibility; visibility(numpy.zeros((2, 2, 3), 'uint8'))",
        "import dreamcore; dreamcore.dream(numpy.zeros((48, 48, 3), 'uint8'), dreamcore.load_network(), iterations=1)",
    ],
)
def test_numba_is_not_imported_where_the_code_runs(code):
    code = f"import sys, numpy; {code}; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_each_chunk_is_computed_once_by_however_many_threads():
    from dreamcore.network.loops.normalising import lrn

    x = np.linspace(-9, 9, 1000 * 4, dtype=np.float32)
    tops = []
    for threads in (1, 2, 7):
        top = np.zeros_like(x)
        places = [array.ctypes.data for array in (x, top)]
        lrn["float32"](*places, 1000, 4, 5, 1e-4, 0.75, 1, -1e9, chunks=32, room=26, threads=threads)
        tops.append(top)
    assert np.array_equal(tops[0], tops[1]) and np.array_equal(tops[0], tops[2]) and tops[0].all()


def test_without_gnus_openmp_pythons_threads_compute(monkeypatch):
    monkeypatch.setattr(compiling.ctypes, "CDLL", lambda name: object())
    monkeypatch.setattr(compiling, "_team", compiling._team.__wrapped__)
    test_each_chunk_is_computed_once_by_however_many_threads()


def test_compiled_functions_give_what_they_give_uncompiled():
    pixels = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    results = []
    for function in (clusters.weigh, clusters.weigh.function):
        weights = np.empty(54, np.float32)
        function(pixels if function is clusters.weigh else pixels.ravel(), 6, 9, *np.empty((2, 18), np.int32), weights)
        results.append(weights)
    assert np.allclose(*results)
