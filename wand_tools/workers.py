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
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TypeAlias, TypeVar

from dreamcore.errors import DreamError
from wand_tools.errors import AnimationError

_ONE_THREAD = dict.fromkeys(("MAGICK_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_START = "import sys; sys.path.insert(0, sys.argv[1]); from wand_tools.workers import serve; serve()"
Task = TypeVar("Task")
Result = TypeVar("Result")
Child: TypeAlias = "subprocess.Popen[bytes]"


class Pool:
    """A number of worker processes, or this process where one is enough.

    Examples
    --------
    >>> with Pool(1) as pool:
    ...     list(pool.map(abs, [-1, -2]))
    [1, 2]
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._threads: ThreadPoolExecutor | None = None
        self._free: queue.SimpleQueue[Child] = queue.SimpleQueue()
        self._children: list[Child] = []

    def __enter__(self) -> Pool:
        if self.jobs > 1:
            self._children = [_start() for _ in range(self.jobs)]
            for child in self._children:
                self._free.put(child)
            self._threads = ThreadPoolExecutor(self.jobs)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._threads is None:
            return
        if kind is not None:
            for child in self._children:
                child.kill()
        self._threads.shutdown(cancel_futures=True)
        for child in self._children:
            calls, answers = _pipes(child)
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


def _start() -> Child:
    main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None
    try:
        return subprocess.Popen(
            [sys.executable, "-c", _START, str(Path(__file__).parent.parent)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | _ONE_THREAD,
        )
    finally:
        if handler is not None:
            signal.signal(signal.SIGINT, handler)


def _pipes(child: Child) -> tuple[IO[bytes], IO[bytes]]:
    assert child.stdin is not None and child.stdout is not None
    return child.stdin, child.stdout


def serve() -> None:
    """Answer calls from standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
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
        except Exception as error:
            answer = False, RuntimeError(f"in a worker: {type(error).__name__}: {error}")
        try:
            pickle.dump(answer, answers, protocol=5)
            answers.flush()
        except BrokenPipeError:
            return
