"""Models: known ones, where they are looked for, a download that is checked, and how a name becomes a network."""

from dreamcore.lazy import exports

_HOMES = {name: "zoo" for name in ("DEFAULT_MODEL", "check", "fetch", "list", "load_network", "search_path", "where")}

__all__ = [*_HOMES]
__getattr__ = exports(__name__, _HOMES)
