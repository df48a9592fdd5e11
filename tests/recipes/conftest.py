import pytest

from tests.network.small import load


@pytest.fixture(scope="session")
def network(tmp_path_factory):
    return load(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """An empty folder for the user's own recipes."""
    from dreamcore.sequence import recipe

    monkeypatch.setattr(recipe, "own_recipes", lambda: tmp_path / "own")
    return tmp_path / "own"
