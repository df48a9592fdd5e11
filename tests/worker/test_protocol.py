import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamcore.worker import protocol


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


@pytest.mark.parametrize(
    "text", [b"{", b"[]\n", b"3\n", b"{}", b'{"bytes": -1}\n', b'{"bytes": "x"}\n', b"\xff\n", b'{"bytes": 3}\nab']
)
def test_half_and_wrong_messages_are_refused(text):
    with pytest.raises(protocol.ProtocolError):
        protocol.read(io.BytesIO(text))


def test_pictures_are_unpacked_row_after_row():
    assert protocol.unpack(bytes(range(8)), 1, 2, "RGBA u8").tolist() == [[[0, 1, 2, 3]], [[4, 5, 6, 7]]]
    assert protocol.unpack(np.float32([0, 0.5, 1, 2]).tobytes(), 1, 1, "RGBA float").tolist() == [[[0, 0.5, 1, 2]]]
