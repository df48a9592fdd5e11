"""How a command's process starts."""

import os
import subprocess
import sys

import pytest

from dreamcore.large import memory
from dreamcore.process import environment as startup

glibc = pytest.mark.skipif(not startup._is_glibc(), reason="another C library")
CODE = """
import sys
import os
from dreamcore.process import environment as startup
startup.start_again_prepared()
print(startup.is_without_caches(), os.environ.get('GOMP_SPINCOUNT'), sys.argv)
"""


def outcome(environment):
    chosen = ("GLIBC_TUNABLES", "GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
    clean = {name: value for name, value in os.environ.items() if name not in chosen}
    command = [sys.executable, "-c", CODE, "one", "two words"]
    return subprocess.run(command, env={**clean, **environment}, capture_output=True, text=True).stdout.strip()


@glibc
def test_a_process_starts_again_once_with_the_same_arguments():
    assert outcome({}) == "True 20000 ['-c', 'one', 'two words']"


@glibc
def test_what_a_user_chose_is_left_alone():
    assert outcome({"GLIBC_TUNABLES": "glibc.malloc.perturb=0"}) == "False 20000 ['-c', 'one', 'two words']"
    assert outcome({"GOMP_SPINCOUNT": "5"}) == "True 5 ['-c', 'one', 'two words']"
    assert outcome({"OMP_WAIT_POLICY": "active"}) == "True None ['-c', 'one', 'two words']"


@glibc
def test_an_environment_keeps_what_it_has():
    more = startup.prepared({"A": "1"})
    assert more.pop("A") == "1"
    assert "tcache_count=0" in more["GLIBC_TUNABLES"]
    assert startup.prepared({"GLIBC_TUNABLES": "x"})["GLIBC_TUNABLES"] == "x"


def test_elsewhere_nothing_happens(monkeypatch):
    monkeypatch.setattr(startup, "_is_glibc", lambda: False)
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    startup.start_again_prepared()
    assert startup.prepared({"A": "1"}) == {"A": "1"}


def test_less_memory_is_foretold_without_caches(monkeypatch):
    monkeypatch.setattr(memory, "is_without_caches", lambda: False)
    more = memory.kept()
    monkeypatch.setattr(memory, "is_without_caches", lambda: True)
    assert memory.kept() < more


def test_the_heap_of_the_c_library_is_none_of_a_gpus(monkeypatch):
    monkeypatch.setattr(memory, "is_without_caches", lambda: False)
    assert memory.kept("cuda") == memory.kept("mps") < memory.kept("cpu")
