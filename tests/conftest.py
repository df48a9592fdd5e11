"""What all tests share."""

import os
import signal
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from dreamcore.compiling import load_code

# A job that a shell runs in the background ignores Ctrl+C, and so would all that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Under nohup likewise the end of a terminal, which is then nothing to the tests themselves.
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)

settings.register_profile("project", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("project")

# Two test processes with a thread for each core would slow each other down many times.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# What the person who runs the tests usually dreams with is nothing to them.
_nobody = tempfile.TemporaryDirectory(prefix="dreamcore-tests-")
os.environ["XDG_CONFIG_HOME"] = _nobody.name

# Scripts that run inside GIMP, whose modules are not here.
collect_ignore = ["data/make_stacks.py"]


def pytest_sessionstart(session):
    """Compile what is compiled once for a processor now: a command that a test runs would say so, and wait for it."""
    if not hasattr(session.config, "workerinput"):
        load_code("dreamcore.network.loops")
        load_code("wand_tools.kernels")


SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared():
    """The folder of real models, pictures and reference results beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared: real models and results of real Caffe are not on this machine")
    return SHARED


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with a picture and a small model, to type commands in."""
    from tests.network.small import write_model

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DREAMCORE_MODELS", str(tmp_path / "models"))
    write_model(tmp_path / "models" / "small")
    pixels = np.random.default_rng(0).integers(0, 255, (24, 30, 3), "u1")
    Image.fromarray(pixels).save(tmp_path / "in.png")
    return tmp_path


@pytest.fixture(scope="session")
def small_network(tmp_path_factory):
    """The small network of the tests, loaded."""
    from tests.network.small import load

    return load(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    from tests.browsing import PROGRAM, browser

    if PROGRAM is None:
        pytest.skip("Chromium is not installed")
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found
