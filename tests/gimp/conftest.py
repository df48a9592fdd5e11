import pytest

from . import gimp as gimp_module

collect_ignore = [
    "animation.py",
    "drive.py",
    "frames.py",
    "helpers.py",
    "inside.py",
    "inside_image.py",
    "inside_offers.py",
]  # they run inside GIMP, or beside it


@pytest.fixture(scope="session")
def gimp(tmp_path_factory):
    found = gimp_module.find(tmp_path_factory.mktemp("gimp"))
    if isinstance(found, str):
        pytest.skip(found)
    return found
