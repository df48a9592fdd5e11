import pytest

from . import gimp as gimp_module


@pytest.fixture(scope="session")
def gimp(tmp_path_factory):
    found = gimp_module.find(tmp_path_factory.mktemp("gimp"))
    if isinstance(found, str):
        pytest.skip(found)
    return found
