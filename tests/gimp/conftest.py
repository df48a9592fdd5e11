import shutil

import numpy as np
import pytest
from PIL import Image

from . import gimp as gimp_module

collect_ignore = [
    "animation.py",
    "areas.py",
    "drag.py",
    "drive.py",
    "frames.py",
    "helpers.py",
    "inside.py",
    "inside_image.py",
    "inside_locks.py",
    "inside_offers.py",
    "widgets.py",
]  # they run inside GIMP, or beside it


@pytest.fixture(scope="session")
def gimp(tmp_path_factory):
    found = gimp_module.find(tmp_path_factory.mktemp("gimp"))
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.fixture(scope="module")
def open_window(gimp):
    """Open a picture of some name in GIMP's window, take some steps there, and return what was printed."""
    if gimp.root is None:
        pytest.skip("the window is tried in a folder of tools/gimp_root.sh only")
    gimp.install(gimp_module.FAKE)
    kept = "profile/deep-dream", "profile/plug-in-settings", ".config/dreamcore"  # by the tests of another module
    for folder in kept:
        shutil.rmtree(gimp.folder / folder, ignore_errors=True)

    def opened(name, *steps, **environment):
        picture = gimp.folder / f"{name}.png"
        Image.fromarray(np.linspace(0, 200, 120 * 160 * 3).reshape(120, 160, 3).astype("u1")).save(picture)
        return gimp.drive(picture, f"window {name}", "sleep 1", f"fill {name}", *steps, **environment)

    return opened
