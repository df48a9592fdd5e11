"""`dreamcore unroll`: take the accumulated shift out of finished frames."""

import json
from pathlib import Path

import click

from dreamcore.cli import options
from dreamcore.errors import DreamError


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path())
@click.argument("out", type=click.Path())
@options.quiet
def unroll(folder, out, quiet):
    """Shift the frames of DIR back by what their rolls have added up to, into the new folder OUT.

    Pictures that wandered away stand still again, and the dreams in them wander instead.

    \b
    Example:
      dreamcore unroll dream still-standing
    """
    made = unroll_folder(folder, out)
    if not quiet:
        click.echo(f"{made} frames in {out}")


def unroll_folder(folder, out):
    """Unroll a frame directory into another; the number of frames."""
    import numpy as np
    from PIL import Image

    from dreamcore.files import atomic_write
    from dreamcore.pictures import read_notes, write_picture
    from dreamcore.sequence import frame_files, read_settings
    from dreamcore.transforms import parse
    from dreamcore.transforms import unroll as unrolled

    settings = read_settings(folder)
    out = Path(out)
    if out.exists() and any(out.iterdir()):
        raise DreamError(f"{out} is not empty; name a new folder")
    out.mkdir(parents=True, exist_ok=True)
    files = frame_files(folder)
    frames = (np.asarray(Image.open(path))[..., :3] for _, path in files)
    back = unrolled(frames, parse(settings["transform"]), settings["seed"], [number for number, _ in files])
    for (_, path), frame in zip(files, back, strict=True):
        alpha = np.asarray(Image.open(path))[..., 3:]  # never rolled
        write_picture(out / path.name, np.dstack([frame, alpha]), {**read_notes(path), "unrolled": True})
    with atomic_write(out / "sequence.json") as file:
        file.write(json.dumps({**settings, "unrolled": True}, indent=2, ensure_ascii=False).encode())
    return len(files)
