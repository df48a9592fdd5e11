"""Catalogues of translated texts, as programs read them."""

from __future__ import annotations

import json
import re
import struct

_MAGIC = 0x950412DE
_ENTRY = re.compile(r'msgid\s+((?:".*"\s*)+)msgstr\s+((?:".*"\s*)+)')


def compile_catalogue(text: str) -> bytes:
    r"""Return the .mo file of a gettext .po file.

    Parameters
    ----------
    text : str
        Entries between empty lines, each a ``msgid`` and a ``msgstr``.

    Examples
    --------
    >>> compile_catalogue('msgid "a"\nmsgstr "b"\n')[:4].hex()
    'de120495'
    """
    entries = {}
    for block in re.split(r"\n\s*\n", text):
        lines = "\n".join(line for line in block.splitlines() if not line.startswith("#"))
        if entry := _ENTRY.search(lines + "\n"):
            key, value = (json.loads('"' + "".join(re.findall(r'"(.*)"', part)) + '"') for part in entry.groups())
            if value:
                entries[key.encode()] = value.encode()
    keys = sorted(entries)
    count, at, table, strings = len(keys), 28 + 16 * len(keys), [], b""
    for words in (keys, [entries[key] for key in keys]):
        for word in words:
            table += [len(word), at + len(strings)]
            strings += word + b"\0"
    header = struct.pack("<7I", _MAGIC, 0, count, 28, 28 + 8 * count, 0, 0)
    return header + struct.pack(f"<{len(table)}I", *table) + strings
