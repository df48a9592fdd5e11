"""Sequences of dreams, and the directories that hold their frames."""

from dreamcore.lazy import exports

_HOMES = {
    "DREAM_PARAMETERS": "parameters",
    "dream_parameters": "parameters",
    "dream_sequence": "loop",
    "frame_files": "frames",
    "read_settings": "frames",
    "write_frames": "frames",
}

__all__ = [*_HOMES]
__getattr__ = exports(__name__, _HOMES)
