"""Hashes of files: whether one is what was published."""

from __future__ import annotations

import os
from hashlib import new as new_hash

from dreamcore.models.known import File


def file_hash(path: str | os.PathLike, algorithm: str = "sha256") -> str:
    """Return the hash of a file, as hexadecimal digits."""
    digest = new_hash(algorithm)
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def is_published(path: str | os.PathLike, file: File) -> bool | None:
    """Tell whether a file is the published one, bit by bit; None where no hash of it is published."""
    if not file.hash:
        return None
    algorithm, digits = file.hash.split(":")
    return file_hash(path, algorithm) == digits
