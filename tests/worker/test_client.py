import os
import signal
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(1, str(ROOT / "gimp_plugin/deep-dream"))  # as GIMP does

import worker_client as client  # noqa: E402

FAKE = [sys.executable, "-I", str(Path(__file__).with_name("fake_worker.py"))]
PICTURE = {"role": "picture", "width": 2, "height": 1, "format": "RGBA u8"}


@pytest.fixture
def start():
    started = []

    def start(command=FAKE):
        started.append(client.Worker(command))
        return started[-1]

    yield start
    for worker in started:
        worker.close()


def says(text):
    return [sys.executable, "-I", "-c", f"import sys, time; {text}"]


def test_hello_and_questions(start):
    worker = start()
    assert worker.ask("models")[0]["models"][0]["name"] == "fake"
    assert worker.hello["protocol"] == client.protocol.VERSION
    assert worker.ask("layers", model="fake")[0]["layers"] == ["one", "two"]


def test_a_picture_sent_in_pieces_comes_back_dreamed(start):
    worker = start()
    worker.send("dream", iter([b"\0\0\0\0", b"\0\0\0\7"]), 8, pictures=[PICTURE], parameters={"frames": 1})
    said = {}
    while "done" not in said:
        message, data = worker.receive(10)
        said[message["say"]] = data
    assert said["strip"] == b"\1\1\1\0\1\1\1\7"


def test_an_error_is_one_sentence_with_details(start):
    worker = start()
    with pytest.raises(client.WorkerError, match="no layer") as caught:
        worker.ask("dream", pieces=[bytes(8)], size=8, pictures=[PICTURE], parameters={"layer": "none"})
    assert "standard error" in caught.value.details
    assert worker.ask("models")


def test_a_killed_worker_is_reported_with_advice(start):
    worker = start()
    worker.ask("models")
    worker.send("dream", [bytes(8)], 8, pictures=[PICTURE], parameters={"seed": 1000})
    os.kill(worker.process.pid, signal.SIGKILL)
    with pytest.raises(client.WorkerError, match="Make the image smaller"):
        worker.receive(10)
    with pytest.raises(client.WorkerError):
        worker.ask("models")


@pytest.mark.parametrize(
    "text",
    [
        'print(\'{"say": "frame", "bytes": 99}\\nabc\')',
        "print('hello world')",
        "sys.stdout.write('{\"say\"')",
        "print('[]')",
        "print('{}')",
        "print('no', flush=True); time.sleep(60)",
    ],
)
def test_half_and_wrong_messages_end_in_a_sentence(start, text):
    began = time.monotonic()
    with pytest.raises(client.WorkerError, match="stopped"):
        start(says(text)).ask("models")
    assert time.monotonic() - began < 10


def test_an_old_worker_is_refused(start):
    with pytest.raises(client.WorkerError, match="different versions"):
        start(says('print(\'{"say": "hello", "protocol": 0}\', flush=True); time.sleep(9)')).ask("models")


def test_a_python_without_dreamcore_says_how_to_install(start):
    with pytest.raises(client.WorkerError, match="has no dreamcore.*dreamcore gimp install"):
        start([sys.executable, "-I", "-S", "-m", "dreamcore", "worker"]).ask("models")


def test_no_python_at_all(start):
    with pytest.raises(client.WorkerError, match="cannot be started: /no/such/python"):
        start(["/no/such/python"])


def test_the_worker_is_gone_soon_after_its_input_ends(start):
    worker = start()
    worker.ask("models")
    worker.send("dream", [bytes(8)], 8, pictures=[PICTURE], parameters={"seed": 100000})
    began = time.monotonic()
    worker.close()
    assert time.monotonic() - began < 0.9
    assert worker.process.returncode == 0


def test_sending_does_not_wait_for_a_worker_that_is_not_listening_yet(start):
    worker = start(says("time.sleep(3)"))
    began = time.monotonic()
    worker.send("preview", [bytes(10**6)], 10**6)
    assert time.monotonic() - began < 0.5


def test_the_command_comes_from_argument_environment_or_file(tmp_path, monkeypatch):
    monkeypatch.delenv("DREAMCORE_PYTHON", raising=False)
    with pytest.raises(client.WorkerError, match="dreamcore gimp install"):
        client.find_command(str(tmp_path))
    (tmp_path / "worker.json").write_text('{"command": ["a", "b"]}')
    assert client.find_command(str(tmp_path)) == ["a", "b"]
    monkeypatch.setenv("DREAMCORE_PYTHON", "/env/python")
    assert client.find_command(str(tmp_path))[0] == "/env/python"
    assert client.find_command(str(tmp_path), "/arg/python") == ["/arg/python", "-I", "-m", "dreamcore", "worker"]


def test_gimps_own_libraries_are_kept_from_the_worker(monkeypatch):
    for name in ("PYTHONHOME", "DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH"):
        monkeypatch.setenv(name, "/gimp")
    assert "/gimp" not in client.clean_environment().values()
