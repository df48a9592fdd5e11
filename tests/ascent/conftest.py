import pytest


@pytest.fixture(scope="session")
def network(small_network):
    return small_network
