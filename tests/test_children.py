"""Child processes that answer calls."""

import os
import subprocess
import sys

import pytest

from dreamcore.children import ChildEnded, call_apart


def test_a_function_runs_in_a_process_of_its_own():
    assert call_apart(os.path.basename, "a/b") == "b"
    assert call_apart(eval, "__import__('os').getpid()") != os.getpid()


def test_a_process_that_ends_is_one_clear_error():
    with pytest.raises(ChildEnded, match="ended unexpectedly"):
        call_apart(os._exit, 1)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise there")
def test_a_call_that_is_interrupted_waits_for_no_answer():
    answer = "__import__('os').kill(__import__('os').getppid(), 2) or b'x' * 2**20"  # more than a pipe holds
    code = f"from dreamcore.children import call_apart\ncall_apart(eval, {answer!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr.endswith("KeyboardInterrupt\n")


def test_a_process_leaves_nothing_open():
    code = "from dreamcore.children import call_apart; print(call_apart(abs, -1))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("1\n", "")
