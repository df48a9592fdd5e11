import pytest

from tests.network.small import load


@pytest.fixture(scope="session")
def network(tmp_path_factory):
    return load(tmp_path_factory.mktemp("models") / "small")
