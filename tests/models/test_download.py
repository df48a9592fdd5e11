"""Downloads from a server on this machine, whole and broken."""

import errno
import hashlib
import io
import os
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pooch
import pytest
from click.testing import CliRunner

from dreamcore.cli.models import command
from dreamcore.errors import DreamError
from dreamcore.models import download as module
from dreamcore.models.download import fetch
from dreamcore.models.known import KNOWN, File, Model
from tests.network.small import write_model


class Server(ThreadingHTTPServer):
    """Serves `files` (path -> bytes), counts requests, and cuts short what is in `cut`."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.cut, self.asked = {}, set(), []
        self.address = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path, server = self.path.strip("/"), self.server
        server.asked.append(path)
        if path not in server.files:
            self.send_error(404)
            return
        content = server.files[path]
        self.send_response(200)
        if path not in server.cut or "told" in path:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if path in server.cut else content)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def model(tmp_path, server, monkeypatch):
    """A known model `net` that the server has, its two files with hashes of two kinds."""
    prototxt, caffemodel = write_model(tmp_path / "source", name="net")
    files = []
    for path, algorithm in ((prototxt, "sha1"), (caffemodel, "sha256")):
        server.files[path.name] = path.read_bytes()
        digest = hashlib.new(algorithm, path.read_bytes()).hexdigest()
        files.append(File(path.name, f"{server.address}/{path.name}", f"{algorithm}:{digest}"))
    set_files(monkeypatch, *files)
    return files


def set_files(monkeypatch, *files):
    monkeypatch.setitem(KNOWN, "net", Model("Net", "", "", files=files))


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_a_model_comes_whole_and_loads(model, server, tmp_path):
    folder = fetch("net", tmp_path / "models")
    assert folder == tmp_path / "models/net"
    assert names(tmp_path / "models") == ["net"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == server.files


def test_it_goes_to_the_users_folder_and_is_found_there(model, tmp_path, monkeypatch):
    from dreamcore.models import zoo

    monkeypatch.setattr("platformdirs.user_data_path", lambda name: tmp_path / "data" / name)
    assert fetch("net") == tmp_path / "data/dreamcore/models/net" == zoo.where("net")


def test_what_is_there_is_not_fetched_again(model, server, tmp_path):
    fetch("net", tmp_path / "models")
    said = []
    fetch("net", tmp_path / "models", say=said.append)
    assert len(server.asked) == 2
    assert "is already there" in said[0]


def test_files_without_a_published_hash_say_so_and_print_what_came(model, server, tmp_path, monkeypatch):
    set_files(monkeypatch, model[0], File(model[1].name, model[1].url))
    said = []
    fetch("net", tmp_path / "models", say=said.append)
    digest = model[1].hash.partition(":")[2]
    assert said[-1] == f"no hash is published for net.caffemodel; what came has sha256 {digest}"


def test_another_hash_is_an_error_and_nothing_gets_the_name(model, server, tmp_path, monkeypatch):
    server.files["net.caffemodel"] += b"more"
    with pytest.raises(DreamError, match="net.caffemodel sent is not the published file, which has sha256:"):
        fetch("net", tmp_path / "models")
    assert names(tmp_path / "models") == [".net.part"]
    assert names(tmp_path / "models/.net.part") == ["deploy.prototxt"]


def test_the_next_call_goes_on_with_the_files_that_are_missing(model, server, tmp_path):
    whole = server.files.pop("net.caffemodel")
    with pytest.raises(DreamError, match=r"cannot fetch .*/net.caffemodel: 404 Not Found"):
        fetch("net", tmp_path / "models")
    server.files["net.caffemodel"] = whole
    fetch("net", tmp_path / "models")
    assert server.asked == ["deploy.prototxt", "net.caffemodel", "net.caffemodel"]
    assert names(tmp_path / "models") == ["net"]


def test_a_failure_of_the_first_file_leaves_nothing(model, server, tmp_path):
    server.files.clear()
    with pytest.raises(DreamError, match="404"):
        fetch("net", tmp_path / "models")
    assert names(tmp_path / "models") == []


@pytest.mark.parametrize("name", ["told.caffemodel", "silent.caffemodel"])
@pytest.mark.parametrize("hashed", [True, False])
def test_a_cut_connection_is_an_error(model, server, tmp_path, monkeypatch, name, hashed):
    """The server says how long the file is, or only closes; with and without a published hash."""
    server.files[name] = server.files["net.caffemodel"]
    server.cut.add(name)
    set_files(
        monkeypatch, model[0], File("net.caffemodel", f"{server.address}/{name}", model[1].hash if hashed else "")
    )
    with pytest.raises(DreamError, match="connection was cut|not the published|cut short"):
        fetch("net", tmp_path / "models")
    assert "net" not in names(tmp_path / "models")
    assert "net.caffemodel" not in names(tmp_path / "models/.net.part")
    server.cut.clear()
    assert fetch("net", tmp_path / "models").is_dir()


def test_a_page_in_place_of_a_model_is_an_error(model, server, tmp_path, monkeypatch):
    server.files["net.caffemodel"] = b"<html>moved</html>"
    set_files(monkeypatch, model[0], File(model[1].name, model[1].url))
    with pytest.raises(DreamError, match="is not a Caffe model"):
        fetch("net", tmp_path / "models")
    assert names(tmp_path / "models") == []


def test_no_server_is_an_error(model, server, tmp_path, monkeypatch):
    set_files(monkeypatch, File("deploy.prototxt", "http://127.0.0.1:1/deploy.prototxt"))
    with pytest.raises(DreamError, match="the server refuses connections"):
        fetch("net", tmp_path / "models")


def test_a_full_disk_is_an_error_and_leaves_nothing_half_written(model, tmp_path, monkeypatch):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pooch.downloaders, "open", lambda *rest, **more: Full(), raising=False)
    with pytest.raises(DreamError, match=r"cannot write .*models/net: No space left on device"):
        fetch("net", tmp_path / "models")
    assert names(tmp_path / "models") == []


def test_a_folder_that_cannot_be_made_is_an_error(model, tmp_path):
    (tmp_path / "models").write_text("a file")
    with pytest.raises(DreamError, match=r"cannot write .*: (Not a directory|File exists)"):
        fetch("net", tmp_path / "models")


def test_the_rest_of_a_killed_download_is_cleared_away(model, tmp_path):
    part = tmp_path / "models/.net.part"
    part.mkdir(parents=True)
    (part / "tmpabc123").write_bytes(b"half")
    (part / "net.tar.gz").write_bytes(b"unpacked")
    assert names(fetch("net", tmp_path / "models")) == ["deploy.prototxt", "net.caffemodel"]


def archive_of(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(f"../../elsewhere/{name}")  # where an archive must not be able to write
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def test_a_model_in_an_archive_is_unpacked(model, server, tmp_path, monkeypatch):
    server.files["net.tar.gz"] = archive_of(
        {"old.protxt": server.files["deploy.prototxt"], "w.caffemodel": server.files["net.caffemodel"], "x": b""},
    )
    digest = hashlib.sha1(server.files["net.tar.gz"]).hexdigest()
    members = {"old.protxt": "deploy.prototxt", "w.caffemodel": "net.caffemodel"}
    set_files(monkeypatch, File("net.tar.gz", f"{server.address}/net.tar.gz", f"sha1:{digest}", members))
    folder = fetch("net", tmp_path / "models")
    assert names(folder) == ["deploy.prototxt", "net.caffemodel"]
    assert (folder / "net.caffemodel").read_bytes() == server.files["net.caffemodel"]
    assert not (tmp_path / "elsewhere").exists()


def test_a_disk_that_fills_up_while_unpacking_leaves_nothing(model, server, tmp_path, monkeypatch):
    def full(*rest):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    server.files["net.tar.gz"] = archive_of({"w.caffemodel": server.files["net.caffemodel"]})
    members = {"w.caffemodel": "net.caffemodel"}
    set_files(monkeypatch, File("net.tar.gz", f"{server.address}/net.tar.gz", "", members))
    monkeypatch.setattr(module.shutil, "copyfileobj", full)
    with pytest.raises(DreamError, match="No space left on device"):
        fetch("net", tmp_path / "models")
    assert names(tmp_path / "models") == []


@pytest.mark.parametrize(("cut", "message"), [(0, "holds no w.caffemodel"), (2000, "net.tar.gz is damaged")])
def test_an_archive_that_lacks_a_file_or_is_damaged_is_an_error(model, server, tmp_path, monkeypatch, cut, message):
    whole = archive_of({"old.protxt": os.urandom(5000)})
    server.files["net.tar.gz"] = whole[: len(whole) - cut]
    members = {"old.protxt": "deploy.prototxt", "w.caffemodel": "net.caffemodel"}
    set_files(monkeypatch, File("net.tar.gz", f"{server.address}/net.tar.gz", "", members))
    with pytest.raises(DreamError, match=message):
        fetch("net", tmp_path / "models")
    assert "net" not in names(tmp_path / "models")
    assert "net.tar.gz" not in names(tmp_path / "models/.net.part")


def test_an_unknown_name_suggests_the_nearest(tmp_path):
    with pytest.raises(
        DreamError, match=r"""no known model 'bvlc_gogglenet' \(did you mean "bvlc_googlenet"\?\); known: """
    ):
        fetch("bvlc_gogglenet", tmp_path)


def test_the_command_fetches_prints_the_folder_and_keeps_quiet_when_told(model, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "user_folder", lambda: tmp_path / "models")
    result = CliRunner().invoke(command, ["fetch", "net"])
    assert result.exit_code == 0
    assert result.stdout.strip() == str(tmp_path / "models/net")
    assert result.stderr.count("fetching http://127.0.0.1") == 2
    assert CliRunner().invoke(command, ["fetch", "net", "--quiet"]).output == ""


def test_a_progress_bar_is_shown_when_asked_for(model, tmp_path, capsys):
    fetch("net", tmp_path / "models", bar=True)
    assert "100%" in capsys.readouterr().err
