"""Hashes of files: whether one is what was published."""

from __future__ import annotations

import os

from dreamcore.files import file_hash
from dreamcore.models.known import KNOWN, File, Model


def find_known(name: str, sha256: str) -> Model | None:
    """Return what is known of a model by its name, or else, whatever its folder is called, by its weights.

    Examples
    --------
    >>> find_known("of-my-own", "a3124ce7abd258c7f35a2c586576bee8116934fa2a8556e4e528041859dd753f").title
    'MobileNet v2, ImageNet'
    """
    files = ((file, model) for model in KNOWN.values() for file in model.files)
    published = (model for file, model in files if file.hash == f"sha256:{sha256}")
    return KNOWN.get(name) or next(published, None)


def is_published(path: str | os.PathLike, file: File) -> bool | None:
    """Tell whether a file is the published one, bit by bit; None where no hash of it is published."""
    if not file.hash:
        return None
    algorithm, digits = file.hash.split(":")
    return file_hash(path, algorithm) == digits
