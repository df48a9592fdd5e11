"""Child processes that answer calls."""

import os

import pytest

from dreamcore.children import ChildEnded, call_apart


def test_a_function_runs_in_a_process_of_its_own():
    assert call_apart(os.path.basename, "a/b") == "b"
    assert call_apart(eval, "__import__('os').getpid()") != os.getpid()


def test_a_process_that_ends_is_one_clear_error():
    with pytest.raises(ChildEnded, match="ended unexpectedly"):
        call_apart(os._exit, 1)
