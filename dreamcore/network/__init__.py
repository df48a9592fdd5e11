"""Networks that run, and where they come from."""

from dreamcore.network import zoo as models
from dreamcore.network.network import Network, l2, resolve_end
from dreamcore.network.zoo import load_network

__all__ = ["Network", "l2", "load_network", "models", "resolve_end"]
