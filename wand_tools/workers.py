"""Worker processes: calls go out over pipes, results come back in order, whatever the number of workers.

Plain child processes rather than `multiprocessing`: they import neither the caller's main module nor its threads,
use one thread each, ignore Ctrl-C and end by themselves when the parent is gone.
"""

from __future__ import annotations

import collections
import os
import queue
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from dreamcore.children import Child, ChildEnded, ask, end, start_child
from dreamcore.rasters import most_decoded
from dreamcore.text import number_text
from wand_tools.errors import AnimationError, AnimationNotAllowed

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

_ONE_THREAD = dict.fromkeys(("MAGICK_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_WORTHWHILE = 4_000_000  # pixels that a worker is started for
_MOST = 256  # each is a Python of its own
Task = TypeVar("Task")
Result = TypeVar("Result")


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
                    self._children.append(start_child(_ONE_THREAD))
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
            end(child)

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
        try:
            return ask(child, function, task)
        except ChildEnded:
            raise AnimationError(
                "a worker process ended unexpectedly (out of memory?); one job needs least memory"
            ) from None
        finally:
            self._free.put(child)


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
