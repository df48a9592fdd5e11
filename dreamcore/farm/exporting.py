"""Jobs for render farms, each around the one command that dreams some cells of a sweep.

A farm counts frames, and here its frames are the cells. Each job has the same two parts: tasks of several cells each,
then one task that finds all of them whole and draws the sheet. The words of each format are those of

- OpenJD: the Template Schemas 2023-09 of github.com/OpenJobDescription/openjd-specifications, and its extension
  TASK_CHUNKING (docs.aws.amazon.com/deadline-cloud, "Task chunking for job templates");
- OpenCue: cuesubmit/Submission.py and DispatchSupportService.java of github.com/AcademySoftwareFoundation/OpenCue;
- Flamenco: flamenco.blender.org/usage/job-types, and the scripts that come with it;
- Deadline: docs.thinkboxsoftware.com, "Manual Job Submission", for the plug-in CommandLine;
- SLURM: slurm.schedmd.com/sbatch.html and job_array.html.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from math import ceil
from pathlib import Path
from typing import NamedTuple

from dreamcore.errors import NotAllowed
from dreamcore.farm.maps import farm_path, note_idle, pure
from dreamcore.files import atomic_write
from dreamcore.rasters import MAX_DECODED

_SECONDS = 120  # that a task takes, about: much longer than PyTorch takes to start
_MOST_TASKS = 1000  # of an array: SLURM's MaxArraySize is 1001 where nobody has raised it
_STEP = 256  # MiB by which the wanted memory grows
_TOKEN = re.compile("@([A-Z]+)@")


@dataclass(frozen=True)
class FarmJob:
    """A sweep as a farm sees it.

    Parameters
    ----------
    sweep, out : str
        The sweep's file and the folder of its cells: whole paths on the farm's machines.
    cells : int
        How many the sweep has.
    chunk : int
        How many of them a task dreams.
    threads : int
        That a task may keep busy.
    memory : int
        MiB that a task may take.
    decoded : str
        What a picture may take once decoded, where that is not the usual.

    Raises
    ------
    NotAllowed
        When a name holds what a line of a file cannot.
    """

    sweep: str
    out: str
    cells: int
    chunk: int
    threads: int
    memory: int
    decoded: str = ""

    def __post_init__(self) -> None:
        for path in (self.sweep, self.out):
            if not path.isprintable():
                raise NotAllowed(f"{path!r} holds what is no visible character, or no text; rename it for a farm")

    @property
    def name(self) -> str:
        """What the job is called: letters that every farm takes.

        Examples
        --------
        >>> FarmJob("/mnt/my sweep.toml", "/mnt/out", 18, 6, 2, 2048).name
        'sweep-my-sweep'
        """
        return "sweep-" + re.sub(r"[^A-Za-z0-9_.]+", "-", pure(self.sweep).stem).strip("-.")[:80]

    @property
    def folder(self) -> str:
        """Where the sweep's file is, and its pictures with it."""
        return str(pure(self.sweep).parent)

    @property
    def tasks(self) -> int:
        """How many tasks dream cells."""
        return ceil(self.cells / self.chunk)

    @property
    def beside(self) -> tuple[str, str]:
        """The sweep and the folder as they are called in the sweep's own folder; a whole path where it is not in it.

        Examples
        --------
        >>> FarmJob("/mnt/a/-.toml", "/mnt/a/out/1", 18, 6, 2, 2048).beside
        ('./-.toml', 'out/1')
        """
        folder, out = pure(self.folder), pure(self.out)
        seen = str(out.relative_to(folder)) if out.is_relative_to(folder) else self.out
        return _no_option(pure(self.sweep).name), _no_option(seen)

    def command(self, progress: str, sweep: str = "", out: str = "") -> list[str]:
        """Return the command that dreams all cells, and says how far it is in a style of `dreamcore.farm.telling`."""
        decoded = ["--max-decoded", self.decoded] if self.decoded else []
        return ["dreamcore", "sweep", sweep or self.sweep, out or self.out, "--yes", "--progress", progress, *decoded]


def farm_job(
    sweep: str | os.PathLike,
    out: str | os.PathLike,
    cells: int,
    *,
    seconds: float,
    memory: int,
    chunk: int | None = None,
    threads: int = 2,
    maps: Sequence[tuple[str, str]] = (),
) -> FarmJob:
    """Say what a farm is to do for a sweep.

    Parameters
    ----------
    sweep, out : path
        The sweep's file, and the folder of its cells.
    cells : int
        How many it has.
    seconds : float
        That all of them take, one after the other.
    memory : int
        Bytes that the largest takes. A task gets so much that a cell is planned there as here, of the share that it
        takes of what is granted.
    chunk : int, optional
        Cells of a task; by default so many that it takes two minutes, and there are at most 1,000 tasks.
    threads : int
        That a task may keep busy.
    maps : sequence of (str, str)
        A folder here, and what the farm's machines call it.

    Returns
    -------
    FarmJob

    Raises
    ------
    NotAllowed
        When the sweep is no TOML file, or a name is none that a farm's file can hold.

    Warns
    -----
    UserWarning
        For a map that holds neither file nor folder.
    """
    from dreamcore.large.memory import SHARE

    if not str(sweep).endswith(".toml"):
        raise NotAllowed(f"{sweep} is no .toml file, which is what a farm's machines read; write the sweep into one")
    usual = max(1, int(_SECONDS * cells / max(seconds, 1)), ceil(cells / _MOST_TASKS))
    steps = max(1, ceil(memory / SHARE / (_STEP << 20)))
    here = [os.path.abspath(each) for each in (sweep, out)]
    note_idle(maps, here)
    sweep, out = (farm_path(each, maps) for each in here)
    decoded = os.environ.get(MAX_DECODED, "")
    return FarmJob(sweep, out, cells, min(cells, chunk or usual), threads, steps * _STEP, decoded)


def _no_option(name: str) -> str:
    return f"./{name}" if name.startswith("-") else name


class Submission(NamedTuple):
    """The files of a farm's job, and how they are submitted.

    Attributes
    ----------
    texts : dict
        End of a file's name -> what is in it.
    submitted : str
        For people, with {0}, {1}, ... in the places of the files.
    """

    texts: dict[str, str]
    submitted: str


def _filled(template: str, job: FarmJob, **values: object) -> str:
    counts = {"CHUNK": job.chunk, "COUNT": job.cells, "TASKS": job.tasks, "THREADS": job.threads, "MEMORY": job.memory}
    text = (files("dreamcore.farm") / "templates" / f"{template}.in").read_text(encoding="utf-8")
    return _TOKEN.sub(lambda match: str({**counts, **values}[match[1]]), text)


def slurm(job: FarmJob) -> Submission:
    """Return a script for bash that submits an array of tasks, and the sheet after it."""
    file = shlex.quote(f"{pure(job.sweep).stem}.slurm.sh")
    command, folder = shlex.join(job.command("percent", *job.beside)), shlex.quote(job.folder)
    text = _filled("slurm.sh", job, FILE=file, FOLDER=folder, NAME=job.name, COMMAND=command)
    return Submission({".slurm.sh": text}, "bash {0}")


def opencue(job: FarmJob) -> Submission:
    """Return a script for Python that submits two layers by OpenCue's own library."""
    # What OpenCue would take for a token of its own in a name, such as #FRAME#, is broken up by quotes without content.
    command = shlex.join(job.command("percent")).replace("#", "#''")
    values = {"COMMAND": repr(command), "NAME": repr(job.name), "THREADABLE": job.threads > 1}
    return Submission({".opencue.py": _filled("opencue.py", job, **values)}, "python {0}")


def flamenco(job: FarmJob) -> Submission:
    """Return a job type of Flamenco's, a script in JavaScript, with this sweep in it."""
    values = {"COMMAND": json.dumps(job.command("percent")), "NAME": json.dumps(job.name)}
    submitted = "copy {0} into the Manager's folder scripts, and submit a job of this type"
    return Submission({".flamenco.js": _filled("flamenco.js", job, **values)}, submitted)


def openjd(job: FarmJob) -> Submission:
    """Return a job template, for OpenJD's own program and for AWS Deadline Cloud."""
    needs = [("amount.worker.vcpu", job.threads), ("amount.worker.memory", job.memory)]
    requirements = {"amounts": [{"name": name, "min": amount} for name, amount in needs]}

    def step(name: str, *more: str, **facts: object) -> dict[str, object]:
        command, *words = job.command("openjd", "{{Param.Sweep}}", "{{Param.Out}}")
        action = {"command": command, "args": [*words, *more], "cancelation": {"mode": "NOTIFY_THEN_TERMINATE"}}
        return {"name": name, **facts, "hostRequirements": requirements, "script": {"actions": {"onRun": action}}}

    sweep, out = job.beside
    is_beside = out != job.out  # a default is seen from the template's folder, and may not lie outside of it
    chunks = {"defaultTaskCount": job.chunk, "rangeConstraint": "CONTIGUOUS"}
    cell = {"name": "Cell", "type": "CHUNK[INT]", "range": f"1-{job.cells}", "chunks": chunks}
    template = {
        "specificationVersion": "jobtemplate-2023-09",
        "extensions": ["TASK_CHUNKING"],
        "name": job.name,
        "parameterDefinitions": [
            {"name": "Sweep", "type": "PATH", "objectType": "FILE", "dataFlow": "IN", "default": sweep},
            {"name": "Out", "type": "PATH", "dataFlow": "INOUT", **({"default": out} if is_beside else {})},
        ],
        "steps": [
            step("Cells", "--cells", "{{Task.Param.Cell}}", parameterSpace={"taskParameterDefinitions": [cell]}),
            step("Sheet", dependencies=[{"dependsOn": "Cells"}]),
        ],
    }
    where = "" if is_beside else f" --job-param {shlex.quote(f'Out={job.out}')}".replace("{", "{{").replace("}", "}}")
    submitted = "openjd run {0} --step Sheet --run-dependencies" + where
    return Submission({".openjd.json": json.dumps(template, indent=2) + "\n"}, submitted)


def deadline(job: FarmJob) -> Submission:
    """Return the job info and the plug-in info of two jobs of Deadline's, the second of which waits for the first."""
    for path in (job.sweep, job.out):
        if "<" in path or ">" in path:
            raise NotAllowed(f"{path!r} holds < or >, which Deadline takes for words of its own; rename it")
    command, *words = job.command("percent")
    arguments = subprocess.list2cmdline(words)  # as .NET reads them, on every system
    cells = {"Frames": f"1-{job.cells}", "ChunkSize": job.chunk}, f"{arguments} --cells <STARTFRAME>-<ENDFRAME>"
    sheet = {"Frames": "1", "ChunkSize": 1}, arguments
    texts = {}
    for name, (frames, asked) in {"cells": cells, "sheet": sheet}.items():
        comment = f"needs {job.threads} threads and {job.memory} MiB"
        about = {"Name": f"{job.name}: {name}", "BatchName": job.name, "Comment": comment, "OutputDirectory0": job.out}
        plugin = {"Executable": command, "Arguments": asked, "StartupDirectory": job.folder}
        texts[f".deadline.{name}.job"] = _lines({"Plugin": "CommandLine", **about, **frames})
        texts[f".deadline.{name}.plugin"] = _lines({**plugin, "ShellExecute": False, "SingleFramesOnly": False})
    return Submission(texts, "deadlinecommand -SubmitMultipleJobs -dependent -job {0} {1} -job {2} {3}")


def _lines(values: Mapping[str, object]) -> str:
    return "".join(f"{name}={value}\n" for name, value in values.items())


FARMS: dict[str, Callable[[FarmJob], Submission]] = {
    "openjd": openjd,
    "opencue": opencue,
    "flamenco": flamenco,
    "deadline": deadline,
    "slurm": slurm,
}


def write_farm_job(job: FarmJob, farm: str, beside: str | os.PathLike) -> tuple[list[Path], str]:
    """Write a farm's files beside a sweep's file, and called as it is.

    Parameters
    ----------
    job : FarmJob
    farm : str
        One of `FARMS`.
    beside : path
        The sweep's file here.

    Returns
    -------
    files : list of Path
    submitted : str
        How they are submitted, for people.
    """
    texts, submitted = FARMS[farm](job)
    base = Path(beside)
    paths = [base.with_name(f"{base.stem}{suffix}") for suffix in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        with atomic_write(path) as file:
            file.write(text.encode())
    return paths, submitted.format(*(shlex.quote(_no_option(str(path))) for path in paths))
