"""How the command's process starts, and that no other process is started again."""

import os
import subprocess
import sys
import time

import pytest

from dreamcore.large import memory
from dreamcore.process import environment as startup

glibc = pytest.mark.skipif(not startup.is_glibc(), reason="another C library")
CHOSEN = ("GLIBC_TUNABLES", "GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
COMMAND = [sys.executable, "-m", "dreamcore", "--version"]
VERSION = "dreamcore, version"

# Python imports this whenever it starts.
NOTE = """
import os, sys
with open(os.environ["STARTS"], "a") as file:
    print(*(os.environ.get(name) for name in {}), file=file)
"""


@pytest.fixture
def starts(tmp_path):
    """Run a command; return what it prints, and for each time that Python started what it found in the environment."""
    (tmp_path / "sitecustomize.py").write_text(NOTE.format(CHOSEN))

    def run(command, text=None, **environment):
        clean = {name: value for name, value in os.environ.items() if name not in CHOSEN}
        log = tmp_path / "starts"
        log.write_text("")
        done = subprocess.run(
            list(map(str, command)),
            env={**clean, "PYTHONPATH": str(tmp_path), "STARTS": str(log), **environment},
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=tmp_path,
        )
        return done.stdout + done.stderr, log.read_text().splitlines()

    return run


WITHOUT_CACHES = "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0"


@glibc
def test_the_command_starts_again_once_with_its_arguments(starts):
    printed, found = starts(COMMAND)
    assert printed.startswith(VERSION)
    assert found == ["None None None", f"{WITHOUT_CACHES} 5000 None"]


@glibc
def test_so_does_the_console_script(starts, tmp_path):
    script = tmp_path / "dreamcore"
    script.write_text("import sys\nfrom dreamcore.__main__ import main\nsys.exit(main())\n")
    printed, found = starts([sys.executable, script, "--version"])
    assert printed.startswith(VERSION) and len(found) == 2


def test_it_goes_on_where_its_environment_is_cleaned_each_time(starts, tmp_path):
    wrapper = tmp_path / "python"
    clean = " ".join(f"-u {name}" for name in CHOSEN)
    wrapper.write_text(f'#!/bin/bash\nexec env {clean} bash -c \'exec -a "$0" {sys.executable} "$@"\' "$0" "$@"\n')
    wrapper.chmod(0o755)
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    printed, found = starts([wrapper, *COMMAND[1:]], PYTHONPATH=path)
    assert printed.startswith(VERSION)
    assert found == ["None None None"] * (2 if startup.is_glibc() else 1)


@glibc
@pytest.mark.parametrize(
    ("name", "value", "second"),
    [
        ("GLIBC_TUNABLES", "glibc.malloc.perturb=0", "glibc.malloc.perturb=0 5000 None"),
        ("GOMP_SPINCOUNT", "5", f"{WITHOUT_CACHES} 5 None"),
        ("OMP_WAIT_POLICY", "active", f"{WITHOUT_CACHES} None active"),
    ],
)
def test_what_a_user_chose_is_left_alone(starts, name, value, second):
    assert starts(COMMAND, **{name: value})[1][-1] == second


def test_a_prepared_process_does_not_start_again(starts):
    assert len(starts(COMMAND, **startup.prepared({}))[1]) == 1


SCRIPTS = {
    "import": "import dreamcore.__main__",
    "main": "import dreamcore.cli, sys; sys.argv[1:] = ['--version']; dreamcore.cli.main()",
    "main with arguments": "import dreamcore.cli; dreamcore.cli.main(['--version'])",
    "the command's own main": "import sys; sys.argv[1:] = ['--version']; import dreamcore.__main__ as m; m.main()",
    "run as a module": "import sys, runpy; sys.argv[1:] = ['--version']\n"
    "try:\n    runpy.run_module('dreamcore', run_name='__main__')\nexcept SystemExit:\n    pass",
}


@pytest.mark.parametrize("kind", ["file", "standard input", "-c"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_no_other_program_starts_again(starts, tmp_path, script, kind):
    code = f"print('begin', flush=True)\n{SCRIPTS[script]}\nprint('end')\n"
    (tmp_path / "script.py").write_text(code)
    arguments = {"file": [tmp_path / "script.py"], "standard input": ["-"], "-c": ["-c", code]}[kind]
    printed, found = starts([sys.executable, *arguments], code if kind == "standard input" else None)
    version = [] if script == "import" else [VERSION]
    assert [line[: len(VERSION)] for line in printed.splitlines()] == ["begin", *version, "end"]
    assert len(found) == 1


def test_a_start_that_fails_goes_on_unprepared(monkeypatch):
    def refuse(*_):
        raise OSError

    monkeypatch.setattr(os, "execve", refuse)
    monkeypatch.setattr(startup, "_program", lambda: "dreamcore")
    startup.start_again_prepared()


def test_help_comes_in_a_blink(starts):
    starts(COMMAND)  # what is compiled once
    spent = []
    for _ in range(5):
        begin = time.perf_counter()
        starts([sys.executable, "-m", "dreamcore", "--help"])
        spent.append(time.perf_counter() - begin)
    assert min(spent) < 0.6  # 0.2 on a quiet machine


@glibc
def test_an_environment_keeps_what_it_has():
    more = startup.prepared({"A": "1"})
    assert more.pop("A") == "1"
    assert "tcache_count=0" in more["GLIBC_TUNABLES"]
    assert startup.prepared({"GLIBC_TUNABLES": "x"})["GLIBC_TUNABLES"] == "x"


def test_elsewhere_an_environment_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(startup, "is_glibc", lambda: False)
    assert startup.prepared({"A": "1"}) == {"A": "1"}


@glibc
@pytest.mark.parametrize(
    ("at_start", "later", "expected"),
    [
        (WITHOUT_CACHES, "", "True"),
        (f"glibc.malloc.arena_max=1:{WITHOUT_CACHES}", "", "True"),
        ("glibc.malloc.tcache_count=0", "", "False"),
        ("", f"os.environ['GLIBC_TUNABLES'] = {WITHOUT_CACHES!r};", "False"),
        (WITHOUT_CACHES, "del os.environ['GLIBC_TUNABLES'];", "True"),
    ],
)
def test_what_counts_of_the_heap_is_how_the_process_was_started(at_start, later, expected):
    code = f"import os; {later} from dreamcore.process.environment import is_without_caches as a; print(a())"
    environment = {**os.environ, "GLIBC_TUNABLES": at_start}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected


def test_less_memory_is_foretold_without_caches(monkeypatch):
    monkeypatch.setattr(memory, "is_without_caches", lambda: False)
    more = memory.overhead()
    monkeypatch.setattr(memory, "is_without_caches", lambda: True)
    assert memory.overhead() < more


def test_the_heap_of_the_c_library_is_none_of_a_gpus(monkeypatch):
    monkeypatch.setattr(memory, "is_without_caches", lambda: False)
    assert memory.overhead("cuda") == memory.overhead("mps") < memory.overhead("cpu")


def test_a_module_that_lies_in_the_current_folder_is_not_executed(tmp_path):
    for module in ("lazy_loader", "ast", "click", "threading", "platformdirs"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('executed')\n")
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    environment = {**os.environ, "PYTHONPATH": root}
    printed = subprocess.run(COMMAND, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (printed.stdout[: len(VERSION)], printed.stderr, printed.returncode) == (VERSION, "", 0)


@pytest.mark.skipif(os.name == "nt", reason="Windows deletes no folder that is in use")
def test_a_current_folder_that_was_deleted_stops_nothing(tmp_path):
    program = f"import os, sys; os.rmdir({str(tmp_path)!r}); from dreamcore.__main__ import main; main()"
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    environment = {**os.environ, "PYTHONPATH": root}
    command = [sys.executable, "-c", program, "--version"]
    printed = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (printed.stdout[: len(VERSION)], printed.returncode) == (VERSION, 0), printed.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="such a limit holds there alone")
def test_where_pytorch_has_no_room_to_start_it_is_one_line(desk):
    script = 'ulimit -v 500000; exec "$0" -m dreamcore still in.png out.png --model small -q'
    done = subprocess.run(["sh", "-c", script, sys.executable], capture_output=True, text=True)
    assert done.returncode == 33 and done.stderr.startswith("error: this process may take 512 MB of memory (ulimit -v)")
    assert len(done.stderr.splitlines()) == 1
