import io
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gimp_plugin import protocol


@given(st.lists(st.tuples(st.dictionaries(st.text(), st.integers() | st.text()), st.binary()), max_size=4))
def test_what_is_written_is_read(messages):
    messages = [({**message, "do": "x"}, data) for message, data in messages if "bytes" not in message]
    stream = io.BytesIO()
    for message, data in messages:
        protocol.write(stream, message, data)
    stream.seek(0)
    for message, data in messages:
        got, received = protocol.read(stream)
        got.pop("bytes", None)
        assert (got, bytes(received)) == (message, data)
    assert protocol.read(stream) is None


def test_a_header_and_its_pieces_are_a_message():
    stream = io.BytesIO(protocol.header({"do": "x"}, 5) + b"ab" + b"cde")
    assert protocol.read(stream) == ({"do": "x", "bytes": 5}, bytearray(b"abcde"))


@pytest.mark.parametrize(
    "text", [b"{", b"[]\n", b"3\n", b"{}", b'{"bytes": -1}\n', b'{"bytes": "x"}\n', b"\xff\n", b'{"bytes": 3}\nab']
)
def test_half_and_wrong_messages_are_refused(text):
    with pytest.raises(protocol.ProtocolError):
        protocol.read(io.BytesIO(text))


def test_it_needs_the_standard_library_only():
    code = (
        f"import sys; before = {{*sys.modules}}; sys.path.insert(0, {protocol.__file__.rpartition('/')[0]!r}); "
        "import protocol; new = {name.partition('.')[0] for name in {*sys.modules} - before} - {'protocol'}; "
        "sys.exit(len(new - sys.stdlib_module_names))"
    )
    assert subprocess.run([sys.executable, "-I", "-S", "-c", code]).returncode == 0
