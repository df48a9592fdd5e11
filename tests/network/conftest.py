import pytest

from dreamcore.network import fused, torch_backend


@pytest.fixture
def bound(monkeypatch):
    """The names of the layers that are made ready, in order: once for each network and size."""
    names = []

    def recorded(layer, *rest, **options):
        names.append(layer.name)
        return fused.bind(layer, *rest, **options)

    monkeypatch.setattr(torch_backend, "bind", recorded)
    return names
