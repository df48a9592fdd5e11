"""Child processes that answer calls over pipes.

Plain child processes rather than `multiprocessing`: they import neither the caller's main module nor its threads,
ignore Ctrl-C and end by themselves when the parent is gone.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, TypeAlias, TypeVar

from dreamcore.errors import DreamError

_CHILD = Path(__file__).with_name("child.py")
Task = TypeVar("Task")
Result = TypeVar("Result")
Child: TypeAlias = "subprocess.Popen[bytes]"


class ChildEnded(DreamError):
    """A child process is gone, killed or out of memory."""


def call_apart(function: Callable[[Task], Result], task: Task) -> Result:
    """Call a module-level function in a process of its own, which ends afterwards.

    Raises
    ------
    ChildEnded
        When that does not answer.
    DreamError
        As the function.
    RuntimeError
        With the name and the text of any other exception of the function.

    Examples
    --------
    >>> call_apart(abs, -1)
    1
    """
    child = start_child()
    try:
        return ask(child, function, task)
    except BaseException:
        child.kill()  # Ctrl-C came first, say: it would wait for ever for somebody who takes its answer
        raise
    finally:
        end(child)


def ask(child: Child, function: Callable[[Task], Result], task: Task) -> Result:
    """Let a child call a module-level function; raises as `call_apart`."""
    calls, answers = _pipes(child)
    try:
        pickle.dump((function, task), calls, protocol=5)
        calls.flush()
        good, result = pickle.load(answers)
    except (EOFError, OSError, pickle.UnpicklingError):
        raise ChildEnded("a child process ended unexpectedly (out of memory?)") from None
    if not good:
        raise result
    return result


def end(child: Child) -> None:
    """Let a child end, and wait until it has."""
    calls, answers = _pipes(child)
    with suppress(BrokenPipeError):  # a call that a killed one did not take
        calls.close()
    child.wait()
    answers.close()


def start_child(environment: Mapping[str, str] = {}) -> Child:
    """Start a child process, with more in its environment, that answers calls until `end`."""
    main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None
    try:
        return subprocess.Popen(
            [sys.executable, *_flags(), str(_CHILD), *import_folders()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **environment},
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
    with suppress(BrokenPipeError), answers:  # the parent is gone
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
            pickle.dump(answer, answers, protocol=5)
            answers.flush()
