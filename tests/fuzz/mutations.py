"""Ways to change an input: bytes, words of a text, values of a JSON, and the parts that formats are made of.

A change keeps what a reader looks at first (checksums, sizes, the form of a message), so that it gets to the rest.
"""

import functools
import io
import json
import re
import struct
import zipfile
import zlib

SIZES = [0, 1, 2, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
NUMBERS = ("0", "1", "-1", "2", "7", "0.5", "1e-30", "-1e-320", "1e300", "1e999", "nan", "inf", "0x10", "1_0", "٣")
NUMBERS += ("255", "65536", "2147483648", "-9223372036854775808", "9" * 30, "9" * 400, "9" * 5000, "1/3", "1/0")
ODD = ("", "\0", "\x1b[2J", "\udcff", "ä", "\u202e", "x" * 300, "\n", " ", "#", '"', "'", "\\", "..", "/", "%d", "*")
_PIECE = re.compile(r"""[-+]?\d[\w.+-]*|\w+|\s+|.""", re.DOTALL)


# -- bytes ------------------------------------------------------------------------------------------------------------


def bytes_changed(data, random):
    """Change one to four places."""
    data = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        random.choice(_BYTES)(data, random)
    return bytes(data)


def _place(data, random):
    return random.randrange(len(data) + 1)


def _set(data, random):
    at = _place(data, random)
    new = random.randbytes(random.choice((1, 1, 2, 4)))
    data[at : at + len(new)] = new


def _number(data, random):
    form = random.choice(("<H", ">H", "<I", ">I", "B"))
    at, size = _place(data, random), struct.calcsize(form)
    data[at : at + size] = struct.pack(form, random.choice(SIZES) & (1 << 8 * size) - 1)


def _flip(data, random):
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _step(data, random):
    if data:
        at = random.randrange(len(data))
        data[at] = data[at] + random.choice((-1, 1)) & 255


def _cut(data, random):
    del data[_place(data, random) :]


def _insert(data, random):
    at = _place(data, random)
    data[at:at] = random.randbytes(random.choice((1, 2, 4, 40)))


def _remove(data, random):
    at = _place(data, random)
    del data[at : at + random.choice((1, 2, 4, 12, 60))]


def _double(data, random):
    at, to = _place(data, random), _place(data, random)
    data[to:to] = data[at : at + random.choice((1, 4, 12, 200))]


_BYTES = (_set, _set, _number, _number, _flip, _flip, _step, _insert, _remove, _double, _cut)


# -- texts ------------------------------------------------------------------------------------------------------------


def text_changed(words, most=3):
    """Return what changes a text by its words, and brings in others."""
    words = (*words, *ODD)

    def change(data, random):
        pieces = _PIECE.findall(data.decode("utf-8", "surrogateescape"))
        for _ in range(random.randint(1, most)):
            _change_pieces(pieces, words, random)
        data = "".join(pieces).encode("utf-8", "surrogatepass")
        return bytes_changed(data, random) if random.random() < 0.05 else data

    return change


def _change_pieces(pieces, words, random):
    at, other = random.randrange(len(pieces) + 1), random.randrange(len(pieces) + 1)
    kind = random.randrange(8)
    if kind == 0:
        del pieces[at : at + random.choice((1, 1, 3))]
    elif kind in (1, 2):
        pieces[at : at + 1] = [random.choice(words)]
    elif kind == 3:
        pieces.insert(at, random.choice(words))
    elif kind == 4:
        numbers = [place for place, each in enumerate(pieces) if each[-1:].isdigit()]
        pieces[slice(*_one(random.choice(numbers) if numbers else at))] = [random.choice(NUMBERS)]
    elif kind == 5:
        pieces[at:at] = pieces[other : other + random.choice((1, 3, 9))]
    elif kind == 6:
        pieces[at : at + 1], pieces[other : other + 1] = pieces[other : other + 1], pieces[at : at + 1]
    else:
        pieces[at:at] = pieces[other : other + 1] * random.choice((2, 9, 60))


def _one(place):
    return place, place + 1


# -- JSON -------------------------------------------------------------------------------------------------------------


def json_value(words, random, depth=0):
    """Return any value that JSON has, and some that it has not."""
    kind = random.randrange(9 if depth < 3 else 7)
    if kind == 0:
        return random.choice((None, True, False, float("nan"), float("inf"), -0.0, 1e308, 10**400, -(10**20)))
    if kind in (1, 2):
        return random.choice((0, 1, -1, 2, 3, 7, 40, 255, 2**31, 2**63, 0.5, -1.5, 1e-320))
    if kind < 7:
        return random.choice((*words, *ODD, *NUMBERS))
    values = [json_value(words, random, depth + 1) for _ in range(random.randrange(4))]
    return values if kind == 7 else {str(random.choice(words)): each for each in values}


def json_changed(words):
    """Return what changes a JSON: a value becomes another, goes, comes, or moves; sometimes it is only a text."""
    as_text = text_changed((*words, *NUMBERS, "{", "}", "[", "]", ",", ":", "null", "NaN", "Infinity", "[" * 3000))

    def change(data, random):
        if random.random() < 0.15:
            return as_text(data, random)
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            return as_text(data, random)
        for _ in range(random.choice((1, 1, 2, 3))):
            value = _value_changed(value, words, random)
        try:
            return json.dumps(value).encode()
        except (ValueError, RecursionError):  # longer than Python writes
            return as_text(data, random)

    return change


def _value_changed(value, words, random):
    if not isinstance(value, (dict, list)) or not value or random.random() < 0.1:
        return json_value(words, random)
    keys = list(value) if isinstance(value, dict) else range(len(value))
    key = random.choice(keys)
    if random.random() < 0.6 and isinstance(value[key], (dict, list)):
        value[key] = _value_changed(value[key], words, random)
    elif (kind := random.randrange(6)) == 0:
        del value[key]
    elif kind == 1 and isinstance(value, dict):
        value[str(random.choice(words))] = json_value(words, random)
    elif kind == 1:
        value.insert(key, json_value(words, random))
    elif kind == 2:
        value[random.choice(keys)] = value[key]
    else:
        value[key] = json_value(words, random)
    return value


# -- parts of formats -------------------------------------------------------------------------------------------------


def either(*changes):
    """Return what changes an input in one of several ways."""
    return lambda data, random: random.choice(changes)(data, random)


def then(change, mend):
    """Return what puts something right behind a change, so that what was changed is looked at."""
    return lambda data, random: mend(change(data, random))


def with_checksums(data):
    """Put right the checksums of a PNG's chunks."""
    parts, at = [data[:8]], 8
    while at + 8 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        body = data[at + 4 : at + 8 + size]
        parts += [data[at : at + 4], body, struct.pack(">I", zlib.crc32(body))]
        at += 12 + size
    return b"".join(parts)


def with_riff_size(data):
    """Put right what a WebP says of its size, so that damage is found where it is."""
    return data[:4] + struct.pack("<I", max(0, len(data) - 8)) + data[8:] if len(data) > 12 else data


def chunks_changed(data, random):
    """Change, drop, double or exchange whole chunks of a PNG, or what one holds; lengths and sums are right."""
    chunks, at = [], 8
    while at + 12 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    if not chunks:
        return bytes_changed(data, random)
    at, other, kind = random.randrange(len(chunks)), random.randrange(len(chunks)), random.randrange(6)
    if kind == 0:
        del chunks[at]
    elif kind == 1:
        chunks.insert(at, chunks[other])
    elif kind == 2:
        chunks[at], chunks[other] = chunks[other], chunks[at]
    else:
        name, content = chunks[at]
        chunks[at] = name, _content_changed(name, content, random)
    packed = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    return data[:8] + b"".join(packed)


def _content_changed(name, content, random):
    if name == b"IDAT" and random.random() < 0.7:  # the pixels below the compression
        try:
            return zlib.compress(bytes_changed(zlib.decompressobj().decompress(content, 1 << 16), random))
        except zlib.error:
            pass
    return bytes_changed(content, random)


def members_changed(changes):
    """Return what changes a member of a ZIP, in the way that `changes` has for the end of its name."""

    def change(data, random):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                members = {each.filename: archive.read(each) for each in archive.infolist()[:20]}
        except Exception:  # whatever a damaged archive makes of zipfile
            return bytes_changed(data, random)
        for name in [*members]:
            if random.random() < 0.6:
                suited = next((each for end, each in changes.items() if name.endswith(end)), bytes_changed)
                members[name] = suited(members[name], random)
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return stream.getvalue()

    return change


# -- protobuf ---------------------------------------------------------------------------------------------------------

_SPECIAL = (0, 1, 2, 3, 5, 8, 127, 255, 65535, 2**31 - 1)
_FLOATS = (0.0, -1.0, 0.5, 1e-30, 3e38, float("nan"), float("inf"), 1e300)


def message_changed(make):
    """Return what changes the fields of a protobuf message, `make()`, and now and then its bytes."""

    def change(data, random):
        message = make()
        try:
            message.MergeFromString(data)
        except Exception:  # of several types, by protobuf's version
            return bytes_changed(data, random)
        for _ in range(random.choice((1, 1, 2, 4))):
            _change_field(message, random)
        data = message.SerializePartialToString()
        return bytes_changed(data, random) if random.random() < 0.15 else data

    return change


@functools.cache
def _fields_of(descriptor):
    return list(descriptor.fields)


def _change_field(message, random):
    present = [field for field, _ in message.ListFields()]
    inner = [field for field in present if field.message_type]
    if inner and random.random() < 0.75:  # go down
        value = getattr(message, (field := random.choice(inner)).name)
        if not _is_repeated(field):
            return _change_field(value, random)
        if random.random() < 0.8:
            return _change_field(random.choice(value), random)
        kind = random.randrange(3)
        if kind == 0:
            del value[random.randrange(len(value))]
        elif kind == 1:
            value.add().CopyFrom(random.choice(value))
        else:
            value.add()
        return None
    field = random.choice(present if present and random.random() < 0.7 else _fields_of(message.DESCRIPTOR))
    if random.random() < 0.1:
        return message.ClearField(field.name)
    if field.message_type:
        value = getattr(message, field.name)
        return _change_field(value.add() if _is_repeated(field) else value, random)
    if not _is_repeated(field):
        return setattr(message, field.name, _scalar(field, random, getattr(message, field.name)))
    value = getattr(message, field.name)
    if value and random.random() < 0.6:
        at = random.randrange(len(value))
        value[at] = _scalar(field, random, value[at])
    else:
        value.append(_scalar(field, random, None))
    return None


def _is_repeated(field):
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED


def _scalar(field, random, old):
    if field.enum_type:
        return random.choice(field.enum_type.values).number
    kind = field.cpp_type
    if kind == field.CPPTYPE_BOOL:
        return random.random() < 0.5
    if kind in (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE):
        return random.choice(_FLOATS)
    if kind == field.CPPTYPE_STRING:
        if field.type == field.TYPE_BYTES:
            return bytes_changed(old or b"\0\0\x80?", random)
        return random.choice(("", "data", "a", "conv1", "x" * 300, "\x1b[2J", "a\nb", "\u202e", "\0"))
    is_signed = kind in (field.CPPTYPE_INT32, field.CPPTYPE_INT64)
    is_long = kind in (field.CPPTYPE_INT64, field.CPPTYPE_UINT64)
    more = ((-1, -2147483648) if is_signed else ()) + ((2**62, 2**32) if is_long else ())
    return random.choice(_SPECIAL + more)
