"""Cells on many cores and machines, by dask.distributed, which this module and `connecting` know.

What travels is JSON: a `Task` there, events back, the last of which brings the `Outcome`, for a result would
have to be fetched from its worker. The frames are in a folder that all machines see: who is left goes on with them.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from itertools import islice
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from distributed import Client, Future, Security, Status, get_worker
from distributed.scheduler import KilledWorker

from dreamcore.errors import DreamError, NotAllowed
from dreamcore.farm.addresses import LOCAL, check_place, refuse_open, scheduler_address
from dreamcore.farm.connecting import ANSWER, LOOK, START, connected, local_cluster, revive, silent_dask, workers_of
from dreamcore.farm.dreaming import Engine, Event, Outcome, Task, Told, note
from dreamcore.farm.fitness import lacks, wait_for_release
from dreamcore.farm.showing import dream_shown
from dreamcore.process.allotment import granted_threads

_TOPIC = "dreamcore"  # of the events that workers send
_EVENT = 0.005  # seconds from one event of all cells to the next: a scheduler has other things to do
_FAULTS = 2  # cells that a worker fails and another makes, after which it gets no more: its disk is full, most likely
_TLS = "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, ..__CLIENT__CERT and ..__CLIENT__KEY"


def cluster_engine(
    on: str = LOCAL,
    *,
    workers: int | None = None,
    trust_network: bool = False,
    patience: float = 600,
    dream: Callable[[Task, Told], Outcome] = dream_shown,
) -> Engine:
    """Return what dreams cells on many cores or machines.

    Parameters
    ----------
    on : str
        ``"local"``: processes of this machine, one thread each; the address of a scheduler of dask, ``tcp://HOST:PORT``
        or ``tls://HOST:PORT``; or the file that a scheduler writes, ``scheduler.json``.
    workers : int, optional
        How many processes ``"local"`` has; as many as this process may use processors by default.
    trust_network : bool
        Allow connections without TLS beyond this machine: who reaches such a port can run any program there.
    patience : float
        Seconds in which a scheduler that went away is waited for.
    dream : callable
        What dreams a task, by its module and name: each worker imports it.

    Returns
    -------
    callable
        Takes tasks and a function that is told events; yields outcomes as they come. Tasks are begun in their order.
        Events are those of `dreamcore.farm.dreaming.dream_cell` with the ``worker``, and lines for people: ``state`` is
        ``note``, and ``text``.

    Raises
    ------
    DreamError
        When no scheduler answers, or a connection would be open to others.

    Examples
    --------
    >>> engine = cluster_engine("tcp://127.0.0.1:8786")
    """
    check_place(on, trust_network)
    address = None if on == LOCAL else scheduler_address(on)
    if address and address.startswith("tls:") and not Security().get_connection_args("client").get("ssl_context"):
        raise NotAllowed(f"{address} needs certificates; {_TLS} name them: see docs/farm.md")

    def engine(tasks: Iterable[Task], told: Told) -> Iterator[Outcome]:
        count = workers or granted_threads()
        left = iter(tasks)
        given = {task["cell"]: task for task in islice(left, count)}
        if not given:
            return
        with silent_dask(), ExitStack() as cluster:
            local = None if address else cluster.enter_context(local_cluster(len(given)))
            end = monotonic() + ANSWER
            while given:
                try:
                    with connected(local or on, end) as client:
                        yield from _Round(client, given, left, told, dream, trust_network).outcomes()
                except _Lost:
                    told(note(f"the scheduler {on} is gone; its cells go on when it is back, within {patience:g} s"))
                    end = monotonic() + patience

    return engine


class _Lost(Exception):
    """The scheduler went away, and with it all that it knew."""


class _Unwanted(BaseException):
    """Nobody waits for the cell any more: it has been given up, or given to another worker."""


class _Round:
    """Cells that are dreamed as long as one connection lasts.

    Tasks are taken from `left` as there is room for them; `given` holds those that have no outcome yet.
    """

    def __init__(
        self,
        client: Client,
        given: dict[int, Task],
        left: Iterator[Task],
        told: Told,
        dream: Callable[[Task, Told], Outcome],
        trusted: bool,
    ) -> None:
        self.client, self.given, self.left, self.told, self.dream = client, given, left, told, dream
        self.trusted, self.local = trusted, client.cluster  # of this machine's own processes, else None
        self.happened: SimpleQueue[Any] = SimpleQueue()  # futures that are done, and events
        self.next = deque(given)
        self.begun: dict[Any, tuple[int, Future]] = {}  # by the future's key
        self.answers: dict[Any, str] = {}  # what came of a future, which is done right after
        self.threads: dict[str, int] = {}  # of each worker
        self.places: dict[int, str] = {}  # where a cell was last heard of
        self.unfit: set[str] = set()  # workers that get no more cells
        self.failed: dict[int, str] = {}  # where a cell has failed once
        self.faults: Counter[str] = Counter()  # of each worker: cells that failed there and were made elsewhere
        self.said, self.seen = "", monotonic()

    def outcomes(self) -> Iterator[Outcome]:
        """Yield outcomes as they come, until no task is left; raise `_Lost` where the scheduler goes away."""
        self.client.subscribe_topic(_TOPIC, lambda event: self.happened.put(event[1]))
        looked = -LOOK
        while self.given:
            if monotonic() - looked >= LOOK:
                self._look()
                looked = monotonic()
            self._begin()
            with suppress(Empty):
                happened = self.happened.get(timeout=LOOK)
                if not isinstance(happened, Future):
                    self._event(happened)
                elif outcome := self._outcome(happened):
                    del self.given[outcome["cell"]]
                    self._take(1)
                    yield outcome

    def _take(self, count: int) -> None:
        """See that so many tasks are at hand, if as many are left."""
        for task in islice(self.left, max(0, count - len(self.next))):
            self.given[task["cell"]] = task
            self.next.append(task["cell"])

    def _say(self, line: str) -> None:
        """Tell people a line, once as long as it is true."""
        if line and line != self.said:
            self.told(note(line))
        self.said = line

    def _look(self) -> None:
        """See which workers there are, and say which have gone."""
        try:
            now = workers_of(self.client)
        except TimeoutError:
            self._say(f"the scheduler has not answered for {ANSWER:g} s; what is being dreamed goes on")
            return
        except OSError:
            raise _Lost from None
        if not self.trusted and now.keys() - self.threads.keys():
            refuse_open(now)
        for worker in self.threads.keys() - now.keys():
            cells = [str(cell) for cell, _ in self.begun.values() if self.places.get(cell) == worker]
            listed = f"; cell {', '.join(cells)} goes on elsewhere" if cells else ""
            self.told(note(f"the worker {worker} ended, or cannot be reached{listed}"))
        self.seen = monotonic() if now else self.seen
        if self.local and len(now) < len(self.local.worker_spec):
            revive(self.local)
        if self.local and monotonic() - self.seen > START:
            raise DreamError("the processes ended, and none can be started again; what is dreamed so far stays")
        self._say("" if now else "there is no worker; the cells wait for one")
        self.threads = now

    def _begin(self) -> None:
        """Hand out as many cells as there are threads, so that they are begun in order, and one more to be at hand."""
        count = sum(self.threads.values())
        free = count + 1 - len(self.begun) if count else 0
        if free <= 0:
            return
        self._take(free)
        pause = count * _EVENT
        for _ in range(min(free, len(self.next))):
            cell = self.next.popleft()
            apart, only = self.failed.get(cell), None
            if self.unfit or apart:
                only = [worker for worker in self.threads if worker not in self.unfit and worker != apart] or None
            text = json.dumps(self.given[cell])
            future = self.client.submit(_dream_there, self.dream, text, pause, pure=False, workers=only)
            self.begun[future.key] = cell, future
            future.add_done_callback(self.happened.put)

    def _event(self, event: Event) -> None:
        key, answer = event.pop("key"), event.pop("answer", None)
        if key not in self.begun:  # but of another time
            return
        if answer:
            self.answers[key] = answer
            return
        if "cell" in event:
            self.places[event["cell"]] = event["worker"]
        self.told(event)

    def _outcome(self, future: Future) -> Outcome | None:
        """Return what a future has brought; None where its cell is not yet at its end."""
        if future.cancelled():
            raise _Lost
        cell, _ = self.begun.pop(future.key)
        if answer := self.answers.pop(future.key, None):
            return self._answered(cell, **json.loads(answer))
        error = future.exception(timeout=ANSWER) if future.status == "error" else None
        if isinstance(error, KilledWorker):
            count, last = error.allowed_failures + 1, error.last_worker.address
            line = f"{count} workers ended while they dreamed it, last {last}; if memory ran out, --memory sets a limit"
            return _failed(self.given[cell], line)
        if error:
            line = (str(error).strip() or type(error).__name__).splitlines()[0]
            return _failed(self.given[cell], f"the worker could not dream it: {line}")
        return self._again(cell, self.places.get(cell, ""), _failed(self.given[cell], "no answer came"))

    def _answered(self, cell: int, worker: str, outcome: Outcome, fit: bool) -> Outcome | None:
        """Return an outcome; None where the cell has failed, and another worker may have more luck with it."""
        if outcome["state"] != "failed":
            self._blame(self.failed.get(cell))
            return outcome
        if not fit and worker not in self.unfit:
            self.unfit.add(worker)
            self.told(note(f"the worker {worker} gets no cells: {outcome['error']}"))
        if self.local or not self.threads.keys() - self.unfit - {worker}:
            return outcome
        if fit:
            return self._again(cell, worker, outcome)
        self.next.appendleft(cell)
        return None

    def _blame(self, worker: str | None) -> None:
        """Count what failed on a worker and was made elsewhere; where that is the rule, let it have no more."""
        self.faults[worker or ""] += 1
        if worker and self.faults[worker] == _FAULTS:
            self.unfit.add(worker)
            self.told(note(f"the worker {worker} gets no more cells: {_FAULTS} failed there and were made elsewhere"))

    def _again(self, cell: int, worker: str, outcome: Outcome) -> Outcome | None:
        """Give a cell to another worker; return what has come of it where that has been done before."""
        if cell in self.failed:
            return outcome
        self.failed[cell] = worker
        self.told(note(f"cell {cell} failed on {worker}, and is tried elsewhere: {outcome['error']}"))
        self.next.appendleft(cell)
        return None


def _failed(task: Task, line: str) -> Outcome:
    facts = {"seconds": 0.0, "frames": 0, "folder": task["folder"], "notes": [], "machine": {}}
    return {"cell": task["cell"], "state": "failed", "error": line, "exit": 1, **facts}


def _dream_there(dream: Callable[[Task, Told], Outcome], text: str, pause: float) -> None:
    """Dream a cell on a worker of dask: JSON in, an event from time to time, and one with the outcome."""
    task, worker = json.loads(text), get_worker()
    key, lacking = worker.get_current_task(), lacks(task)
    due = 0.0

    def told(event: Event) -> None:
        nonlocal due
        state = worker.state.tasks.get(key)
        if worker.status in (Status.closing, Status.closed) or state is None or state.state == "cancelled":
            raise _Unwanted
        if monotonic() >= due:
            worker.log_event(_TOPIC, {**event, "worker": worker.address, "key": key})
            due = monotonic() + pause

    try:
        wait_for_release(task, told)
        outcome = _failed(task, lacking) if lacking else dream(task, told)
    except _Unwanted:
        outcome = _failed(task, "it was given up")
    answer = json.dumps({"worker": worker.address, "outcome": outcome, "fit": not lacking})
    worker.log_event(_TOPIC, {"key": key, "answer": answer})  # which goes the way of "finished", and ahead of it
