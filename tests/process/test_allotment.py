"""What a process may take: the least of what its machine, its control groups and its scheduler say."""

import os

import pytest

from dreamcore.process import allotment

FREE = 8 << 30  # bytes of the machine
SCHEDULERS = ("SLURM_", "CUE_")


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine of 8 processors and 8 GiB, on which this process takes nothing yet; return what writes its files."""
    for name in [name for name in os.environ if name.startswith(SCHEDULERS)]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(8), raising=False)
    monkeypatch.setattr(allotment, "_GROUPS", tmp_path / "groups")
    for name in ("_OWN_GROUPS", "_MEMINFO", "_OWN_PAGES"):
        monkeypatch.setattr(allotment, name, tmp_path / name)

    def write(name, text):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    write("_MEMINFO", f"MemTotal: 99 kB\nMemAvailable: {FREE >> 10} kB\n")
    write("_OWN_PAGES", "900 0 3 0 0 0 0\n")
    return write


def test_without_groups_and_schedulers_it_is_the_machine(machine):
    assert allotment.granted_threads() == 8
    assert allotment.free_memory() == FREE


@pytest.mark.parametrize(
    ("text", "count"),
    [("200000 100000", 2), ("150000 100000", 2), ("1000 100000", 1), ("900000 100000", 8), ("max 100000", 8)],
)
def test_a_quota_of_time_is_so_many_threads(machine, text, count):
    machine("groups/cpu.max", text + "\n")
    assert allotment.granted_threads() == count


@pytest.mark.parametrize(("quota", "count"), [("300000", 3), ("-1", 8)])
def test_the_first_version_of_groups_has_two_files(machine, quota, count):
    machine("groups/cpu/cpu.cfs_quota_us", quota)
    machine("groups/cpu/cpu.cfs_period_us", "100000")
    assert allotment.granted_threads() == count


@pytest.mark.parametrize(
    ("own", "limited"),
    [
        ("0::/slurm/job_7/step_0", "groups/slurm/job_7"),
        ("9:cpuset:/x\n3:cpu,cpuacct:/slurm/job_7/step_0", "groups/cpu/slurm/job_7"),
        ("0::/../outside", "groups"),
    ],
)
def test_what_a_group_above_grants_holds_for_those_below(machine, own, limited):
    machine("_OWN_GROUPS", own + "\n")
    machine(f"{limited}/cpu.max", "200000 100000")
    assert allotment.granted_threads() == 2


def test_a_group_of_others_grants_nothing(machine):
    machine("_OWN_GROUPS", "0::/mine\n")
    machine("groups/theirs/cpu.max", "200000 100000")
    assert allotment.granted_threads() == 8


@pytest.mark.parametrize(
    ("folder", "limit", "used", "files"),
    [
        ("groups", "memory.max", "memory.current", "inactive_file"),
        ("groups/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ],
)
def test_pages_of_files_are_still_free_in_a_group(machine, folder, limit, used, files):
    machine(f"{folder}/{limit}", "1000000")
    machine(f"{folder}/{used}", "700000")
    machine(f"{folder}/memory.stat", f"anon 1\n{files} 600000\n")
    assert allotment.free_memory() == 900_000


@pytest.mark.parametrize(("limit", "free"), [("max", FREE), ("500", 0)])
def test_a_group_without_a_limit_limits_nothing_and_a_full_one_leaves_nothing(machine, limit, free):
    machine("groups/memory.max", limit)
    machine("groups/memory.current", "700")
    machine("groups/memory.stat", "")
    assert allotment.free_memory() == free


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ({"SLURM_CPUS_PER_TASK": "4", "SLURM_CPUS_ON_NODE": "6"}, 4),
        ({"SLURM_CPUS_ON_NODE": "6"}, 6),
        ({"CUE_THREADS": "3"}, 3),
        ({"SLURM_CPUS_PER_TASK": "64"}, 8),
        ({"SLURM_CPUS_PER_TASK": "many", "CUE_THREADS": ""}, 8),
    ],
)
def test_a_scheduler_says_how_many_threads(machine, monkeypatch, said, count):
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    assert allotment.granted_threads() == count


@pytest.mark.parametrize(
    ("said", "free"),
    [
        ({"SLURM_MEM_PER_NODE": "4096"}, 4 << 30),
        ({"SLURM_MEM_PER_NODE": "0"}, FREE),
        ({"SLURM_MEM_PER_CPU": "1024", "SLURM_CPUS_ON_NODE": "2"}, 2 << 30),
        ({"SLURM_MEM_PER_CPU": "1024"}, 1 << 30),
        ({"CUE_MEMORY": str(3 << 20)}, 3 << 30),
        ({"CUE_MEMORY": str(99 << 20)}, FREE),
        ({"CUE_MEMORY": "3.5 GB"}, FREE),
    ],
)
def test_a_scheduler_says_how_much_memory(machine, monkeypatch, said, free):
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    assert allotment.free_memory() == free


@pytest.mark.skipif(os.name != "posix", reason="pages have no size there")
def test_of_what_a_scheduler_says_the_process_itself_has_taken_some(machine, monkeypatch):
    monkeypatch.setenv("CUE_MEMORY", "1024")
    machine("_OWN_PAGES", "900 3 3 0 0 0 0\n")
    assert allotment.free_memory() == (1 << 20) - 3 * os.sysconf("SC_PAGE_SIZE")


def test_where_linux_says_nothing_half_of_the_memory_is_free(machine):
    machine("_MEMINFO", "nothing that is known\n")
    assert allotment.free_memory() == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
