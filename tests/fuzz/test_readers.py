"""A few inputs for every reader, the same ones each time; `make fuzz` tries as many as one likes."""

import warnings
from random import Random

import pytest

from dreamcore.rasters import MAX_DECODED
from tests.fuzz import all_harnesses
from tests.fuzz.harness import SMALL, attempt

HARNESSES = all_harnesses()
UNREADABLE = ("frames: xcf",)  # by ImageMagick 6, which knows an older form


@pytest.fixture(autouse=True)
def small_limit(monkeypatch):
    """Allow pictures of one megapixel; ImageMagick's own limits stay as they are for other tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        monkeypatch.setenv(MAX_DECODED, SMALL)
        yield


@pytest.fixture(params=HARNESSES)
def harness(request):
    """Each reader whose packages are there."""
    if request.param.startswith("frames:"):
        from wand_tools import magick

        pytest.importorskip("wand.image", reason="the ImageMagick library is not installed", exc_type=ImportError)
        magick.wand()
    if request.param == "sound":
        pytest.importorskip("soundfile", exc_type=(ImportError, OSError))
    if "HDF5" in request.param:
        pytest.importorskip("h5py")
    return HARNESSES[request.param]


def test_some_seed_is_read(harness):
    results = {attempt(harness, seed) for seed in harness.seeds()}
    assert "read" in results or harness.name in UNREADABLE


def test_damaged_input_is_read_or_refused_in_one_line(harness):
    inputs = harness.inputs(Random(0))
    for _ in range(harness.tests):
        attempt(harness, next(inputs))
