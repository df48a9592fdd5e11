"""Worker processes: calls go out over pipes, results come back in order, whatever the number of workers.

Plain child processes rather than `multiprocessing`: they import neither the caller's main module nor its threads,
use one thread each, ignore Ctrl-C and end by themselves when the parent is gone.
"""

from __future__ import annotations

import collections
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, TypeAlias, TypeVar

from dreamcore.errors import DreamError
from dreamcore.rasters import most_decoded
from dreamcore.text import number_text
from wand_tools.errors import AnimationError, AnimationNotAllowed

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

_ONE_THREAD = dict.fromkeys(("MAGICK_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_CHILD = Path(__file__).with_name("child.py")
_WORTHWHILE = 4_000_000  # pixels that a worker is started for
_MOST = 256  # each is a Python of its own
Task = TypeVar("Task")
Result = TypeVar("Result")
Child: TypeAlias = "subprocess.Popen[bytes]"


class Pool:
    """A number of worker processes; one job is done in this process, unless it is to be `apart`.

    Examples
    --------
    >>> with Pool(1) as pool:
    ...     list(pool.map(abs, [-1, -2]))
    [1, 2]
    """

    def __init__(self, jobs: int, apart: bool = False) -> None:
        self.jobs, self._apart = jobs, apart or jobs > 1
        self._threads: ThreadPoolExecutor | None = None
        self._free: queue.SimpleQueue[Child] = queue.SimpleQueue()
        self._children: list[Child] = []

    def __enter__(self) -> Pool:
        if self._apart:
            from concurrent.futures import ThreadPoolExecutor  # a small animation needs none

            try:
                for _ in range(self.jobs):
                    self._children.append(_start())
                    self._free.put(self._children[-1])
                self._threads = ThreadPoolExecutor(self.jobs)
            except BaseException as error:
                self._end(by_force=True)
                if isinstance(error, OSError):
                    raise AnimationError(
                        f"cannot start {self.jobs} worker processes ({error.strerror}); fewer jobs need less"
                    ) from error
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(by_force=kind is not None)

    def _end(self, by_force: bool) -> None:
        if by_force:
            for child in self._children:
                child.kill()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for child in self._children:
            calls, answers = _pipes(child)
            with suppress(BrokenPipeError):  # a call that a killed worker did not take
                calls.close()
            child.wait()
            answers.close()

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Call a module-level function with each task; yield the results in order, at most a few tasks ahead."""
        if self._threads is None:
            yield from map(function, tasks)
            return
        waiting: collections.deque[Future[Result]] = collections.deque()
        for task in tasks:
            waiting.append(self._threads.submit(self._call, function, task))
            if len(waiting) > self.jobs + 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _call(self, function: Callable[[Task], Result], task: Task) -> Result:
        child = self._free.get()
        calls, answers = _pipes(child)
        try:
            pickle.dump((function, task), calls, protocol=5)
            calls.flush()
            good, result = pickle.load(answers)
        except (EOFError, OSError, pickle.UnpicklingError):
            raise AnimationError(
                "a worker process ended unexpectedly (out of memory?); one job needs least memory"
            ) from None
        finally:
            self._free.put(child)
        if not good:
            raise result
        return result


def call_apart(function: Callable[[Task], Result], task: Task) -> Result:
    """Call a module-level function in a process of its own, which ends afterwards.

    Examples
    --------
    >>> call_apart(abs, -1)
    1
    """
    with Pool(1, apart=True) as pool:
        return next(pool.map(function, [task]))


def check_jobs(jobs: int | None) -> int:
    """Return the number of workers that are wanted, or that this machine has cores for.

    Examples
    --------
    >>> check_jobs(3)
    3
    """
    if jobs is None:
        return min(os.cpu_count() or 1, _MOST)
    if not 1 <= jobs <= _MOST:
        raise AnimationNotAllowed(f"jobs {number_text(jobs)}: 1 to {_MOST}")
    return jobs


def fewer_jobs(wanted: int, size: tuple[int, int], count: int | None, asked: bool) -> int:
    """Return how many workers make frames: no more than there are, nor than may be in memory together.

    Where their number is not asked for, a small animation has fewer: each takes a quarter of a second to start.

    Examples
    --------
    >>> fewer_jobs(8, (320, 240), 100, asked=False)
    2
    """
    pixels = size[0] * size[1]
    together = max(2 * most_decoded() // (4 * pixels), 1)
    if not asked and count is not None:
        wanted = min(wanted, 1 + count * pixels // _WORTHWHILE)
    return min(wanted, together, count or together)


def _start() -> Child:
    main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None
    try:
        return subprocess.Popen(
            [sys.executable, *_flags(), str(_CHILD), *import_folders()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | _ONE_THREAD,
        )
    finally:
        if handler is not None:
            signal.signal(signal.SIGINT, handler)


def _flags() -> list[str]:
    """Return the options of this Python that say where modules come from."""
    named = {"-I": "isolated", "-E": "ignore_environment", "-s": "no_user_site"}
    return [option for option, flag in named.items() if getattr(sys.flags, flag)]


def import_folders() -> list[str]:
    """List where a worker may import from: where this process does, without the current folder.

    The current folder stays where `PYTHONPATH` names it, and where this package lies in it.
    """
    own = str(_CHILD.parent.parent)
    asked = "" if sys.flags.ignore_environment else os.environ.get("PYTHONPATH", "")
    wanted = {os.path.realpath(folder) for folder in [own, *asked.split(os.pathsep)] if folder}
    try:
        refused = {os.getcwd(), os.path.realpath("")} - wanted
    except OSError:  # it has been deleted
        refused = set()
    folders = [os.path.abspath(folder) for folder in sys.path if folder]
    folders = [folder for folder in folders if folder not in refused and os.path.realpath(folder) not in refused]
    return folders if own in folders else [own, *folders]


def _pipes(child: Child) -> tuple[IO[bytes], IO[bytes]]:
    assert child.stdin is not None and child.stdout is not None
    return child.stdin, child.stdout


def serve() -> None:
    """Answer calls from standard input until it ends."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # its parent gets them as well, and ends it
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    calls, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not mix with the answers
    while True:
        try:
            function, task = pickle.load(calls)
        except EOFError:
            return
        answer: tuple[bool, Any]
        try:
            answer = True, function(task)
        except DreamError as error:
            answer = False, error
        except MemoryError:
            answer = False, MemoryError("not enough memory in a worker; one job needs least")
        except Exception as error:
            answer = False, RuntimeError(f"in a worker: {type(error).__name__}: {error}")
        try:
            pickle.dump(answer, answers, protocol=5)
            answers.flush()
        except BrokenPipeError:
            return
