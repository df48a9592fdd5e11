"""Setting up on a machine that is not this one: what is asked for, without asking anybody outside."""

import importlib.util
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

TOOL = Path(__file__).resolve().parents[1] / "tools" / "set_up.py"


@pytest.fixture
def tool(monkeypatch):
    spec = importlib.util.spec_from_file_location("set_up", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module.shutil, "which", lambda command: None)
    return module


@pytest.fixture
def index(tmp_path):
    """An index of packages on this machine, with a file of 1234 bytes."""
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "index.html").write_text("<a>torch</a>")
    (tmp_path / "torch.whl").write_bytes(bytes(1234))
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_without_an_nvidia_driver_linux_wants_pytorchs_cpu_build(tool, tmp_path):
    assert tool.wants_cpu_build("Linux", tmp_path / "none")
    assert not tool.wants_cpu_build("Darwin", tmp_path / "none")
    assert not tool.wants_cpu_build("Windows", tmp_path / "none")


def test_a_driver_or_its_command_is_a_driver(tool, tmp_path, monkeypatch):
    assert not tool.wants_cpu_build("Linux", tmp_path)
    monkeypatch.setattr(tool.shutil, "which", lambda command: f"/usr/bin/{command}")
    assert not tool.wants_cpu_build("Linux", tmp_path / "none")


def test_pytorchs_index_is_asked_for_only_where_it_answers(tool, index, monkeypatch):
    monkeypatch.setattr(tool, "wants_cpu_build", lambda: True)
    assert tool.sources(index) == ["--extra-index-url", index]
    assert tool.sources(f"{index}/nothing") == []
    assert tool.sources("http://127.0.0.1:9") == []
    monkeypatch.setattr(tool, "wants_cpu_build", lambda: False)
    assert tool.sources(index) == []


def test_what_is_fetched_is_weighed(tool, index, capsys, tmp_path):
    tool.announce([f"{index}/torch.whl", f"{index}/missing.whl", (tmp_path / "torch.whl").as_uri()])
    assert capsys.readouterr().out == "fetching 3 packages, 0 MB\n"
    assert [tool.size(each) for each in (f"{index}/torch.whl", f"{index}/missing.whl", "no address")] == [1234, 0, 0]


def test_where_nobody_says_how_much_it_is_nothing_is_said(tool, capsys):
    tool.announce(["http://127.0.0.1:9/torch.whl"])
    assert capsys.readouterr().out == ""


def test_a_pip_that_cannot_say_what_it_would_fetch_is_no_error(tool):
    assert tool.fetched([sys.executable, "-c", "raise SystemExit(2)"]) == []


@pytest.mark.parametrize(("system", "path"), [("nt", "Scripts/python.exe"), ("posix", "bin/python")])
def test_the_environments_python_is_where_the_system_has_it(tool, monkeypatch, tmp_path, system, path):
    monkeypatch.setattr(tool, "os", type("os", (), {"name": system}))
    assert tool.python_of(tmp_path) == tmp_path / path


def test_extras_are_installed_beside_the_program(tool):
    assert tool.install("python", ["--x"], [])[-2:] == ["-e", "."]
    assert tool.install("python", [], ["test", "farm"])[-2:] == ["-e", ".[test,farm]"]


def test_an_old_python_is_told_what_is_allowed(tool, monkeypatch, capsys):
    monkeypatch.setattr(tool.sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(tool.subprocess, "run", pytest.fail)
    assert tool.main([]) == 1
    assert "allowed are 3.10 to 3.14" in capsys.readouterr().out


def test_the_tool_needs_the_standard_library_alone():
    code = (
        f"import sys, runpy; runpy.run_path({str(TOOL)!r}); print(*{{'numpy', 'torch', 'requests'}} & {{*sys.modules}})"
    )
    run = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "\n"
