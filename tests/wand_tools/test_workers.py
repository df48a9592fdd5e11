import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wand_tools import workers
from wand_tools.errors import AnimationError
from wand_tools.workers import Pool, fewer_jobs


def alive(pid):
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def test_results_come_in_order():
    with Pool(3) as pool:
        assert list(pool.map(abs, range(-20, 0))) == list(range(20, 0, -1))


def test_only_a_few_tasks_are_taken_ahead():
    taken = []
    with Pool(2) as pool:
        next(pool.map(abs, (taken.append(n) or n for n in range(100))))
    assert len(taken) <= 5


def test_an_error_of_the_function_comes_through():
    with pytest.raises(RuntimeError, match="ValueError: invalid literal"), Pool(2) as pool:
        list(pool.map(int, ["1", "x"]))


def test_a_killed_worker_is_one_clear_error():
    with pytest.raises(AnimationError, match="ended unexpectedly"), Pool(2) as pool:
        list(pool.map(os._exit, [1]))


def test_workers_end_with_the_pool():
    with Pool(2) as pool:
        children = pool._children
        list(pool.map(abs, [1]))
    assert all(child.poll() is not None for child in children)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="reads /proc")
def test_workers_end_when_the_parent_is_killed():
    script = "from wand_tools.workers import Pool; p = Pool(2).__enter__(); print(*[c.pid for c in p._children])"
    script += "; import sys, os; sys.stdout.flush(); os.kill(os.getpid(), 9)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        cwd=os.path.dirname(os.path.dirname(workers.__file__)),
    )
    pids = done.stdout.split()
    assert len(pids) == 2
    for _ in range(200):
        if not any(alive(pid) for pid in pids):
            break
        time.sleep(0.1)
    assert not any(alive(pid) for pid in pids)


def test_a_small_animation_has_fewer_workers_unless_they_are_asked_for():
    size = 320, 240
    assert [fewer_jobs(8, size, count, asked=False) for count in (10, 100, 10_000)] == [1, 2, 8]
    assert fewer_jobs(8, size, 10, asked=True) == 8
    assert fewer_jobs(8, size, None, asked=False) == 8
