"""Whether a worker can take a task, and when."""

from __future__ import annotations

from pathlib import Path
from time import monotonic, sleep

import dreamcore
from dreamcore.errors import DreamError
from dreamcore.farm.cells import content
from dreamcore.farm.dreaming import Told, note
from dreamcore.farm.records import Task
from dreamcore.locks import InUse, only_run
from dreamcore.models.finding import find_model
from dreamcore.sequence.recipe import read_recipe

_RELEASE, _PAUSE = 120.0, 1.0  # seconds in which a run that was given up lets go of its folder, and between two looks


def lacks(task: Task) -> str:
    """Return what is wrong with this worker for a task, its version or its model; nothing where it is fit."""
    if task["program"] != dreamcore.__version__:
        return f"it has dreamcore {dreamcore.__version__}, the sweep is made with {task['program']}"
    try:
        name, _, weights = find_model(read_recipe(task["recipe"]).sequence.model)
        is_same = content(weights) == task["model"]["sha256"]
        return "" if is_same else f"its model {name} is another one than the sweep's"
    except DreamError as error:
        return str(error)


def wait_for_release(task: Task, told: Told) -> None:
    """Wait until a folder's last run, which may have been given up without knowing yet, has let go of it."""
    began = monotonic()
    while Path(task["folder"]).is_dir() and monotonic() < began + _RELEASE:
        try:
            with only_run(task["folder"], task["run"] and task["run"][0]):
                return
        except InUse as error:
            told(note(f"cell {task['cell']} waits: {error}"))
            sleep(_PAUSE)
        except DreamError:  # which the dream will say
            return
