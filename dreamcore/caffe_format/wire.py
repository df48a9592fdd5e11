"""What a binary message of protobuf holds, counted before protobuf makes an object of each part."""

from __future__ import annotations

from collections.abc import Iterator

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5  # protobuf's wire types


def count_fields(content: bytes, most: int, within: frozenset[int] = frozenset()) -> int:
    """Count the fields of a message, and those of its fields of some numbers, until there are more than `most`.

    Where the content is no message the count ends, and it is protobuf's to say why.

    Examples
    --------
    >>> count_fields(b"\\x0a\\x01x\\x12\\x04\\x08\\x01\\x10\\x02", 10, frozenset({2}))  # a name, two numbers
    4
    """
    count = 0
    for number, begin, end in _fields(content, 0, len(content)):
        count += 1
        if number in within:
            for _ in _fields(content, begin, end):
                count += 1
                if count > most:
                    break
        if count > most:
            break
    return count


def _fields(content: bytes, place: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the number of each field, and where its content begins and ends."""
    while place < end:
        tag, place = _varint(content, place)
        length = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(tag & 7)
        if tag & 7 == _VARINT:
            length = _varint(content, place)[1] - place
        elif tag & 7 == _BYTES:
            length, place = _varint(content, place)
        if length is None or place + length > end:
            return
        yield tag >> 3, place, place + length
        place += length


def _varint(content: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = content[place] if place < len(content) else 0
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            break
    return value, place
