"""How a command's process starts."""

import os
import subprocess
import sys

import pytest

from dreamcore import heap
from dreamcore.ascent import memory

glibc = pytest.mark.skipif(not heap._is_glibc(), reason="another C library")
CODE = """
import sys
from dreamcore import heap
heap.start_again_without_caches()
print(heap.is_without_caches(), sys.argv)
"""


def outcome(environment):
    clean = {name: value for name, value in os.environ.items() if name != "GLIBC_TUNABLES"}
    command = [sys.executable, "-c", CODE, "one", "two words"]
    return subprocess.run(command, env={**clean, **environment}, capture_output=True, text=True).stdout.strip()


@glibc
def test_a_process_starts_again_once_with_the_same_arguments():
    assert outcome({}) == "True ['-c', 'one', 'two words']"


@glibc
def test_a_users_own_tunables_are_left_alone():
    assert outcome({"GLIBC_TUNABLES": "glibc.malloc.perturb=0"}) == "False ['-c', 'one', 'two words']"


@glibc
def test_an_environment_keeps_what_it_has():
    more = heap.without_caches({"A": "1"})
    assert more.pop("A") == "1"
    assert "tcache_count=0" in more["GLIBC_TUNABLES"]
    assert heap.without_caches({"GLIBC_TUNABLES": "x"}) == {"GLIBC_TUNABLES": "x"}


def test_elsewhere_nothing_happens(monkeypatch):
    monkeypatch.setattr(heap, "_is_glibc", lambda: False)
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    heap.start_again_without_caches()
    assert heap.without_caches({"A": "1"}) == {"A": "1"}


def test_less_memory_is_foretold_without_caches(monkeypatch):
    monkeypatch.setattr(memory, "is_without_caches", lambda: False)
    more = memory.kept()
    monkeypatch.setattr(memory, "is_without_caches", lambda: True)
    assert memory.kept() < more
