"""Downloads from a server on this machine, whole and broken."""

import errno
import gzip
import hashlib
import io
import os
import shutil
import tarfile
import threading
import time
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dreamcore.cli import main
from dreamcore.errors import DreamError
from dreamcore.locks import only_run
from dreamcore.models import download as module
from dreamcore.models import transfer, unpacking
from dreamcore.models.download import fetch
from dreamcore.models.known import KNOWN, File, Model
from tests.network.small import write_model


class Server(ThreadingHTTPServer):
    """Serves `files` (path -> bytes), notes what it is asked; `ways` (path -> a function) answer otherwise."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.ways, self.asked = {}, {}, []
        self.address = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path, server = self.path.strip("/"), self.server
        server.asked.append(path)
        if path in server.ways:
            server.ways[path](self, server.files.get(path, b""))
        elif path in server.files:
            self.give(server.files[path])
        else:
            self.send_error(404)

    def give(self, content, announced=None):
        self.send_response(200)
        self.send_header("Content-Length", str(len(content) if announced is None else announced))
        self.end_headers()
        self.wfile.write(content)

    @property
    def start(self):
        """Where the rest that is asked for begins; None when the whole is."""
        asked = self.headers.get("Range", "")
        return int(asked.removeprefix("bytes=").rstrip("-")) if asked else None

    def give_rest(self, content):
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {self.start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - self.start))
        self.end_headers()
        self.wfile.write(content[self.start :])

    def log_message(self, *arguments):
        pass


def cut_told(handler, content):
    """Half of it, though the whole was announced."""
    handler.give(content[: len(content) // 2], len(content))


def cut_silently(handler, content):
    """Half of it, and no word of how much there is."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2])


def cut_with_ranges(handler, content):
    """The first third, then, asked for the rest, a third more, then the rest."""
    start, end = handler.start or 0, len(content)
    stop = min(end, start + end // 3 + 1)
    handler.send_response(206 if start else 200)
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{end - 1}/{end}")
    handler.send_header("Content-Length", str(end - start))
    handler.end_headers()
    handler.wfile.write(content[start:stop])


def endless(handler, content):
    """Zeros, for as long as someone takes them."""
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        for handler.server.sent in range(1, 100):
            handler.wfile.write(bytes(1 << 20))


def drip(handler, content):
    """A byte, and another, and another, each in good time."""
    handler.give(b"", 10**6)
    with suppress(OSError):
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.02)


def drip_headers(handler, content):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    with suppress(OSError):
        while True:
            handler.wfile.write(b"X-Wait: a little\r\n")
            time.sleep(0.1)


def in_chunks(handler, content):
    """Without a length: each piece says its own, and an empty one is the end."""
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for start in range(0, len(content), 700):
        piece = content[start : start + 700]
        handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    handler.wfile.write(b"0\r\n\r\n")


def packed(handler, content):
    """Packed for the way, though nobody asked for that."""
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.end_headers()
    handler.wfile.write(gzip.compress(bytes(10**7)))


def redirect_for_ever(handler, content):
    handler.send_response(302)
    handler.send_header("Location", handler.path)
    handler.end_headers()


def rude(handler, content):
    handler.send_response(503, "\x1b[2J\x1b[31mgone")
    handler.end_headers()


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
    monkeypatch.setattr(transfer, "_SILENCE", 2.0)
    prototxt, caffemodel = write_model(tmp_path / "source", name="net")
    files = []
    for path, algorithm in ((prototxt, "sha1"), (caffemodel, "sha256")):
        content = server.files[path.name] = path.read_bytes()
        digest = hashlib.new(algorithm, content).hexdigest()
        files.append(File(path.name, f"{server.address}/{path.name}", f"{algorithm}:{digest}", size=len(content)))
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


def test_files_without_a_published_hash_are_fetched_when_that_is_wanted_alone(model, server, tmp_path, monkeypatch):
    set_files(monkeypatch, model[0], File(model[1].name, model[1].url))
    with pytest.raises(DreamError, match="nobody published a hash of net.caffemodel: .*--unverified fetches net"):
        fetch("net", tmp_path / "models")
    assert not server.asked
    said = []
    fetch("net", tmp_path / "models", say=said.append, unverified=True)
    digest = model[1].hash.partition(":")[2]
    assert said[-1] == f"no hash is published for net.caffemodel; what came has sha256 {digest}"


def test_another_hash_is_an_error_and_nothing_gets_the_name(model, server, tmp_path, monkeypatch):
    server.files["net.caffemodel"] = server.files["net.caffemodel"][::-1]
    with pytest.raises(DreamError, match="net.caffemodel: what it sent is not the published file, which has sha256:"):
        fetch("net", tmp_path / "models")
    assert names(tmp_path / "models") == [".net.part"]
    assert names(tmp_path / "models/.net.part/ready") == ["deploy.prototxt"]


def test_another_length_is_an_error_before_anything_comes(model, server, tmp_path):
    server.files["net.caffemodel"] += b"more"
    size = model[1].size
    with pytest.raises(DreamError, match=f"it announces {size + 4} bytes, the published file has {size}"):
        fetch("net", tmp_path / "models")


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


def test_a_second_source_is_asked_where_the_first_fails(model, server, tmp_path, monkeypatch):
    server.files["elsewhere"] = server.files["net.caffemodel"]
    server.ways["net.caffemodel"] = rude
    set_files(monkeypatch, model[0], replace(model[1], mirrors=(f"{server.address}/elsewhere",)))
    assert fetch("net", tmp_path / "models").is_dir()
    server.files.pop("elsewhere")
    with pytest.raises(DreamError, match="net.caffemodel: 503 Service Unavailable; nor .*elsewhere: 404 Not Found$"):
        fetch("net", tmp_path / "others")


@pytest.mark.parametrize("way", [cut_told, cut_silently])
@pytest.mark.parametrize("hashed", [True, False])
def test_a_cut_connection_is_an_error(model, server, tmp_path, monkeypatch, way, hashed):
    """The server says how long the file is, or only closes; with and without a published hash and size."""
    server.ways["net.caffemodel"] = way
    if not hashed:
        set_files(monkeypatch, model[0], File("net.caffemodel", model[1].url))
    with pytest.raises(DreamError, match="connection was cut|not the published|cut short"):
        fetch("net", tmp_path / "models", unverified=True)
    assert "net" not in names(tmp_path / "models")
    assert "net.caffemodel" not in names(tmp_path / "models/.net.part/ready")
    server.ways.clear()
    assert fetch("net", tmp_path / "models", unverified=True).is_dir()


def test_a_connection_that_breaks_goes_on_where_it_broke(model, server, tmp_path):
    server.ways["net.caffemodel"] = cut_with_ranges
    folder = fetch("net", tmp_path / "models")
    assert server.asked.count("net.caffemodel") == 3
    assert (folder / "net.caffemodel").read_bytes() == server.files["net.caffemodel"]


def test_the_next_call_goes_on_where_the_last_one_broke(model, server, tmp_path):
    server.ways["net.caffemodel"] = cut_told
    with pytest.raises(DreamError, match="the connection was cut"):
        fetch("net", tmp_path / "models")
    starts = []
    server.ways["net.caffemodel"] = lambda handler, content: (starts.append(handler.start), handler.give_rest(content))
    folder = fetch("net", tmp_path / "models")
    assert starts == [model[1].size // 2]
    assert (folder / "net.caffemodel").read_bytes() == server.files["net.caffemodel"]


@pytest.mark.parametrize("begun", [b"another file's beginning", bytes(10**5)])
def test_what_turns_out_to_be_no_beginning_of_the_file_is_fetched_anew(model, server, tmp_path, begun):
    part = tmp_path / "models/.net.part"
    part.mkdir(parents=True)
    (part / "net.caffemodel.partial").write_bytes(begun)
    server.ways["net.caffemodel"] = lambda handler, content: (
        handler.give(content) if handler.start is None else handler.give_rest(content)
    )
    assert fetch("net", tmp_path / "models").is_dir()


def test_a_server_that_knows_no_ranges_begins_anew(model, server, tmp_path):
    part = tmp_path / "models/.net.part"
    part.mkdir(parents=True)
    (part / "net.caffemodel.partial").write_bytes(server.files["net.caffemodel"][:100])
    assert fetch("net", tmp_path / "models").is_dir()


@pytest.mark.parametrize("known", [True, False])
def test_a_body_without_end_is_left_at_the_size_that_is_known_or_allowed(model, server, tmp_path, monkeypatch, known):
    server.ways["deploy.prototxt"] = endless
    if not known:
        set_files(monkeypatch, replace(model[0], size=0), model[1])
        monkeypatch.setitem(module._MOST_BYTES, ".prototxt", 10**6)
    with pytest.raises(DreamError, match="deploy.prototxt: it sends more than .*, which is all there is, or may be"):
        fetch("net", tmp_path / "models")
    assert server.sent < 50
    assert sum(path.stat().st_size for path in tmp_path.glob("models/**/*")) < 10**6


def test_a_size_that_no_such_file_has_is_refused_before_it_comes(model, server, tmp_path, monkeypatch):
    server.ways["deploy.prototxt"] = lambda handler, content: handler.give(b"", 10**15)
    set_files(monkeypatch, replace(model[0], size=0), model[1])
    with pytest.raises(DreamError, match="it announces 1e[+]06 GB, such a file has at most 16.8 MB"):
        fetch("net", tmp_path / "models")


def test_a_drip_is_not_waited_for(model, server, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "_WINDOW", 0.3)
    set_files(monkeypatch, replace(model[0], size=0), model[1])
    server.ways["deploy.prototxt"] = drip
    began = time.monotonic()
    with pytest.raises(DreamError, match="it comes too slowly: .* bytes in 0 seconds"):
        fetch("net", tmp_path / "models")
    assert time.monotonic() - began < 5


def test_an_answer_that_drips_is_not_waited_for(model, server, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "_ANSWER", 0.3)
    server.ways["deploy.prototxt"] = drip_headers
    with pytest.raises(DreamError, match="deploy.prototxt: the server does not answer"):
        fetch("net", tmp_path / "models")


def test_a_server_that_falls_silent_is_an_error(model, server, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "_SILENCE", 0.2)
    server.ways["deploy.prototxt"] = lambda handler, content: (handler.give(b"", 900), time.sleep(0.6))
    with pytest.raises(DreamError, match="the server does not answer|the published file has"):
        fetch("net", tmp_path / "models")


@pytest.mark.parametrize(
    ("way", "reason"), [(redirect_for_ever, "from one address to the next"), (rude, "503 Service")]
)
def test_what_a_server_does_wrong_is_one_line_of_our_own_words(model, server, tmp_path, way, reason):
    server.ways["deploy.prototxt"] = way
    with pytest.raises(DreamError, match=reason) as error:
        fetch("net", tmp_path / "models")
    assert str(error.value).isprintable()


def test_a_file_in_chunks_comes_whole(model, server, tmp_path):
    server.ways["net.caffemodel"] = in_chunks
    folder = fetch("net", tmp_path / "models")
    assert (folder / "net.caffemodel").read_bytes() == server.files["net.caffemodel"]


def test_what_was_packed_for_the_way_is_not_unpacked(model, server, tmp_path):
    server.ways["net.caffemodel"] = packed
    with pytest.raises(DreamError, match="it sends more than|not the published file"):
        fetch("net", tmp_path / "models")


def test_a_redirection_is_followed(model, server, tmp_path):
    def redirect(handler, content):
        handler.send_response(301)
        handler.send_header("Location", "/moved")
        handler.end_headers()

    server.files["moved"] = server.files["net.caffemodel"]
    server.ways["net.caffemodel"] = redirect
    assert fetch("net", tmp_path / "models").is_dir()


def test_a_page_in_place_of_a_model_is_an_error(model, server, tmp_path, monkeypatch):
    server.files["net.caffemodel"] = b"<html>moved</html>"
    set_files(monkeypatch, model[0], File(model[1].name, model[1].url))
    with pytest.raises(DreamError, match="is not a Caffe model"):
        fetch("net", tmp_path / "models", unverified=True)
    assert names(tmp_path / "models") == []


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/x", "http://127.0.0.1:99999/x", "http://[::/x", "file:///etc/hostname", ""]
)
def test_no_server_is_an_error(model, tmp_path, monkeypatch, address):
    set_files(monkeypatch, replace(model[0], url=address), model[1])
    with pytest.raises(DreamError, match="cannot fetch") as error:
        fetch("net", tmp_path / "models")
    assert "\n" not in str(error.value)
    assert names(tmp_path / "models") == []


def test_a_disk_without_room_is_an_error_before_anything_comes(model, server, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(DreamError, match=r"too little room in .*: about .* are needed, 1 kB are free"):
        fetch("net", tmp_path / "models")
    assert not server.asked
    assert names(tmp_path / "models") == []


def test_a_disk_that_fills_up_is_an_error(model, tmp_path, monkeypatch):
    def full(*rest, **more):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(transfer, "open", full, raising=False)
    with pytest.raises(DreamError, match=r"cannot write .*models/net: No space left on device"):
        fetch("net", tmp_path / "models")
    assert names(tmp_path / "models") == []


def test_a_folder_that_cannot_be_made_is_an_error(model, tmp_path):
    (tmp_path / "models").write_text("a file")
    with pytest.raises(DreamError, match=r"cannot write .*: (Not a directory|File exists)"):
        fetch("net", tmp_path / "models")


def test_a_folder_of_that_name_that_is_something_else_is_an_error(model, server, tmp_path):
    (tmp_path / "models/net").mkdir(parents=True)
    (tmp_path / "models/net/diary.txt").touch()
    with pytest.raises(DreamError, match="net is there and holds no weights: move it away"):
        fetch("net", tmp_path / "models")
    assert not server.asked


def test_one_call_fetches_a_model_at_a_time(model, server, tmp_path):
    part = tmp_path / "models/.net.part"
    part.mkdir(parents=True)
    (part / "net.caffemodel.partial").write_bytes(b"x")
    with only_run(part), pytest.raises(DreamError, match="another run works in .*.net.part"):
        fetch("net", tmp_path / "models")
    assert (part / "net.caffemodel.partial").exists()
    assert fetch("net", tmp_path / "models").is_dir()


def test_what_is_not_ours_is_not_deleted(model, server, tmp_path):
    part = tmp_path / "models/.net.part"
    part.mkdir(parents=True)
    (part / "tmpabc123").write_bytes(b"of another program")
    server.ways["net.caffemodel"] = rude
    with pytest.raises(DreamError, match="503"):
        fetch("net", tmp_path / "models")
    server.ways.clear()
    assert names(fetch("net", tmp_path / "models")) == ["deploy.prototxt", "net.caffemodel"]
    assert names(part) == ["tmpabc123"]


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
    monkeypatch.setattr(unpacking, "_copy", full)
    with pytest.raises(DreamError, match="No space left on device"):
        fetch("net", tmp_path / "models", unverified=True)
    assert names(tmp_path / "models") == []


@pytest.mark.parametrize(("cut", "message"), [(0, "holds no w.caffemodel"), (2000, "net.tar.gz is damaged")])
def test_an_archive_that_lacks_a_file_or_is_damaged_is_an_error(model, server, tmp_path, monkeypatch, cut, message):
    whole = archive_of({"old.protxt": os.urandom(5000)})
    server.files["net.tar.gz"] = whole[: len(whole) - cut]
    members = {"old.protxt": "deploy.prototxt", "w.caffemodel": "net.caffemodel"}
    set_files(monkeypatch, File("net.tar.gz", f"{server.address}/net.tar.gz", "", members))
    with pytest.raises(DreamError, match=message):
        fetch("net", tmp_path / "models", unverified=True)
    assert names(tmp_path / "models") in ([], [".net.part"])
    assert "net.tar.gz.partial" not in names(tmp_path / "models/.net.part")


def test_an_archive_that_unpacks_to_far_more_than_it_is_is_left(model, server, tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "_AT_LEAST", 10**5)
    for members in ({"w.caffemodel": bytes(10**7)}, {"before": bytes(10**7), "w.caffemodel": b""}):
        server.files["net.tar.gz"] = archive_of(members)
        wanted = {"w.caffemodel": "net.caffemodel"}
        set_files(monkeypatch, File("net.tar.gz", f"{server.address}/net.tar.gz", "", wanted))
        with pytest.raises(DreamError, match="net.tar.gz unpacks to more than 10. kB, which no model does"):
            fetch("net", tmp_path / "models", unverified=True)
        assert sum(path.stat().st_size for path in tmp_path.glob("models/**/*") if path.is_file()) < 2 * 10**5


def test_a_link_in_an_archive_is_no_file(model, server, tmp_path, monkeypatch):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        link = tarfile.TarInfo("w.caffemodel")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    server.files["net.tar"] = buffer.getvalue()
    set_files(monkeypatch, File("net.tar", f"{server.address}/net.tar", "", {"w.caffemodel": "net.caffemodel"}))
    with pytest.raises(DreamError, match="net.tar holds no w.caffemodel"):
        fetch("net", tmp_path / "models", unverified=True)


def test_an_unknown_name_suggests_the_nearest(tmp_path):
    with pytest.raises(
        DreamError, match=r"""no known model 'bvlc_gogglenet' \(did you mean "bvlc_googlenet"\?\); known: """
    ):
        fetch("bvlc_gogglenet", tmp_path)


def test_the_command_fetches_prints_the_folder_and_keeps_quiet_when_told(model, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(module, "user_folder", lambda: tmp_path / "models")
    assert main(["models", "fetch", "net"]) == 0
    said = capsys.readouterr()
    assert said.out.strip() == str(tmp_path / "models/net")
    assert said.err.count("fetching http://127.0.0.1") == 2
    assert main(["models", "fetch", "net", "--quiet"]) == 0
    assert "".join(capsys.readouterr()) == ""


def test_a_progress_bar_is_shown_when_asked_for(model, tmp_path, capsys):
    fetch("net", tmp_path / "models", bar=True)
    assert "100%" in capsys.readouterr().err
