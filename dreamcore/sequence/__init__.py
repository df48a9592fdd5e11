"""Sequences of dreams: jobs, recipes, the loop, and the directories that hold their frames."""

from dreamcore.lazy import exports

_HOMES = {
    "Job": "job",
    "Recipe": "recipe",
    "dream_sequence": "loop",
    "frame_files": "frames",
    "load_recipe": "recipe",
    "make_job": "job",
    "plan_job": "planning",
    "foretell": "planning",
    "work": "planning",
    "read_settings": "frames",
    "run": "loop",
    "unroll_folder": "unrolling",
    "write_frames": "frames",
}

__all__ = [*_HOMES]
__getattr__ = exports(__name__, _HOMES)
