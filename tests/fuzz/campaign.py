"""Run harnesses for as long as one likes: inputs are counted as they go, and what is found is kept in `.fuzz/`.

Each reader runs in a process of its own, so that one which dies takes no other with it. Where atheris is installed, it
looks for a part of the time which inputs lead to code that none has reached, and keeps those; this is slow. For the
rest of the time they, and the seeds, are changed at random as fast as the reader reads.
"""

import json
import mmap
import os
import re
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from random import Random

from dreamcore.rasters import MAX_DECODED
from tests.fuzz import harness_named
from tests.fuzz.harness import MOST_BYTES, SMALL, attempt, peak

FOLDER = Path(__file__).resolve().parents[2] / ".fuzz"
OURS = ("dreamcore", "wand_tools", "gimp_plugin")
_WRITTEN = 2.0  # seconds between two notes of the count
_LONGEST = 60  # seconds after which a reader that does nothing but wait is ended
_MOST_KEPT = 5  # inputs of one fault
_BLIND = 0.2  # of all changes, those that atheris makes itself
_SLICES = {"guided": 20.0, "blind": 100.0}  # seconds of each kind, one after the other


@dataclass
class Tally:
    """What was tried with a reader, over all runs, and what was found."""

    name: str
    inputs: int = 0
    read: int = 0  # what came out whole, not refused
    seconds: float = 0
    most: int = 0  # bytes of memory
    faults: dict[str, int] = field(default_factory=dict)  # what was found, and how often

    @property
    def folder(self) -> Path:
        return folder_of(self.name)

    def write(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / "tally.part"
        part.write_text(json.dumps(asdict(self), indent=1))
        part.replace(self.folder / "tally.json")


def folder_of(name):
    """Return the folder of a reader: what was found, the seeds, and what atheris goes on from."""
    return FOLDER / _as_name(name)


def _as_name(text):
    return re.sub(r"\W+", "-", text).strip("-")


def tally_of(name):
    """Return what a reader's folder notes, or a new tally."""
    path = folder_of(name) / "tally.json"
    return Tally(**json.loads(path.read_text())) if path.exists() else Tally(name)


class Run:
    """Inputs to one reader, counted."""

    def __init__(self, harness, most_inputs, most_seconds):
        self.harness, self.tally = harness, tally_of(harness.name)
        self.left, self.end = most_inputs, time.monotonic() + most_seconds
        self.before, self.begin, self.written = self.tally.seconds, time.monotonic(), 0.0
        self.is_new = True  # the next input, no part of the corpus that is only read again
        self.last = self._open_last()

    def __call__(self, data):
        if self.is_new:
            self.left -= 1
            self.tally.inputs += 1
        self.last[: 4 + len(data)] = len(data).to_bytes(4, "little") + data
        try:
            self.tally.read += attempt(self.harness, data) == "read" and self.is_new
        except Exception as error:  # MemoryError as well
            self.keep(data, error)
        if time.monotonic() - self.written > _WRITTEN:
            self.write()

    def _open_last(self):
        """Map a file that holds the input in work, for the case that the process dies of it."""
        self.tally.folder.mkdir(parents=True, exist_ok=True)
        path = self.tally.folder / "last"
        path.write_bytes(bytes(MOST_BYTES + 4))
        with open(path, "r+b") as file:
            return mmap.mmap(file.fileno(), 0)

    def write(self):
        self.written = time.monotonic()
        self.tally.seconds = self.before + self.written - self.begin
        self.tally.most = max(self.tally.most, peak())
        self.tally.write()

    def keep(self, data, error):
        """Keep an input that is no matter of one line, and count it with those that end at the same place."""
        fault = place_of(error)
        count = self.tally.faults[fault] = self.tally.faults.get(fault, 0) + 1
        if count <= _MOST_KEPT:
            found = self.tally.folder / "found"
            found.mkdir(parents=True, exist_ok=True)
            name = f"{_as_name(fault)[:100]}-{count}"
            (found / name).write_bytes(data)
            (found / f"{name}.txt").write_text(f"{type(error).__name__}: {error}", "utf-8", "backslashreplace")
            self.write()

    @property
    def is_over(self):
        return self.left <= 0 or time.monotonic() > self.end


def place_of(error):
    """Say in a few words what an error is and where it comes from: of several, the last place in our own code."""
    words, trace = "", error.__traceback__
    while trace:
        path = Path(trace.tb_frame.f_code.co_filename)
        if "site-packages" not in path.parts and any(part in path.parts for part in (*OURS, "tests")):
            words = f"{path.name}:{trace.tb_lineno}"
        trace = trace.tb_next
    if not isinstance(error, AssertionError):
        return f"{type(error).__name__} at {words}"
    said = re.sub(r"\d+(\.\d+)?", "N", str(error).split(":")[0][:40]) or "AssertionError"
    return f"{said} at {words}" if words else said


# -- one reader, in a process of its own ------------------------------------------------------------------------------


def run_here(name, most_inputs, most_seconds, kind):
    """Try inputs of a reader until there were enough, or time is up; end the process."""
    warnings.simplefilter("ignore")
    os.environ[MAX_DECODED] = SMALL
    if kind == "guided":
        import atheris

        with atheris.instrument_imports(include=[*OURS]):
            harness = harness_named(name)
            for seed in harness.seeds():  # imports what is imported when it is needed
                with suppress(Exception):
                    attempt(harness, seed)
        _follow(atheris, Run(harness, most_inputs, most_seconds))
    else:
        harness = harness_named(name)
        run = Run(harness, most_inputs, most_seconds)
        inputs = harness.inputs(Random(), [path.read_bytes() for path in run.tally.folder.glob("corpus/*")])
        while not run.is_over:
            run(next(inputs))
        run.write()


def _follow(atheris, run):
    """Let atheris choose what is changed next, by the code that it reached."""
    run.is_new = False
    corpus, seeds = run.tally.folder / "corpus", run.tally.folder / "seeds"
    for folder in (corpus, seeds):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(run.harness.seeds()):
        (seeds / str(number)).write_bytes(seed)

    def change(data, most, number):
        random = Random(number)
        run.is_new = True
        if random.random() < _BLIND:
            other = atheris.Mutate(data, min(most, MOST_BYTES))
            if other != data:
                return other
        return run.harness.changed(data, random)[:most]

    def one(data):
        run(data)
        run.is_new = False
        if run.is_over:
            run.write()
            os._exit(0)

    options = [f"-max_len={MOST_BYTES}", f"-timeout={_LONGEST}", "-rss_limit_mb=4096", "-mutate_depth=2"]
    options += [f"-artifact_prefix={corpus}-"]
    atheris.Setup(["fuzz", *options, str(corpus), str(seeds)], one, custom_mutator=change)
    atheris.Fuzz()


# -- all of them ------------------------------------------------------------------------------------------------------


def run_all(names, most_inputs, most_seconds):
    """Try inputs of each reader in turn, a slice of time for each, until each had enough."""
    kinds = _SLICES if find_spec("atheris") else {"blind": _SLICES["blind"]}
    left = dict.fromkeys(names, (most_inputs, most_seconds))
    while left:
        for name, (kind, slice) in product([*left], kinds.items()):
            inputs, seconds = left.get(name, (0, 0))
            if inputs > 0 and seconds > 0:
                before, begin = tally_of(name).inputs, time.monotonic()
                run_apart(name, inputs, min(seconds, slice), kind)
                left[name] = inputs - (tally_of(name).inputs - before), seconds - (time.monotonic() - begin)
            else:
                left.pop(name, None)


def run_apart(name, inputs, seconds, kind):
    """Run a reader in a process; what kills it, or never ends, is a fault as well."""
    command = [
        sys.executable,
        "-m",
        "tests.fuzz",
        name,
        "--runs",
        str(inputs),
        "--seconds",
        str(seconds),
        "--here",
        kind,
    ]
    folder_of(name).mkdir(parents=True, exist_ok=True)
    memory = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(prefix="fuzz-", dir=memory if os.access(memory, os.W_OK) else None) as scratch,
        open(folder_of(name) / "log", "wb") as log,
    ):
        environment = {**os.environ, "TMPDIR": scratch, "OMP_NUM_THREADS": "1"}
        try:
            code = subprocess.run(command, stdout=log, stderr=log, env=environment, timeout=seconds + 180).returncode
        except subprocess.TimeoutExpired:
            code = "never"
    if code != 0:
        deadly = _last_input(name)
        Run(harness_named(name), 0, 0).keep(deadly, AssertionError(f"the process ends with {code}"))


def _last_input(name):
    data = (folder_of(name) / "last").read_bytes() if (folder_of(name) / "last").exists() else b""
    return data[4 : 4 + int.from_bytes(data[:4], "little")]


def table(names):
    """Return what was tried, as a table of Markdown."""
    lines = ["| reader | inputs | read whole | minutes | memory | found |", "|---|---:|---:|---:|---:|---|"]
    tallies = [each for each in map(tally_of, names) if each.inputs]
    for each in tallies:
        found = "; ".join(f"{fault} ({count})" for fault, count in each.faults.items()) or "nothing"
        shares = f"{each.read / each.inputs:.0%} | {each.seconds / 60:.1f} | {each.most >> 20} MiB"
        lines.append(f"| {each.name} | {each.inputs:,} | {shares} | {found} |")
    total, seconds = sum(each.inputs for each in tallies), sum(each.seconds for each in tallies)
    return "\n".join([*lines, f"| all | {total:,} | | {seconds / 60:.1f} | | |"])
