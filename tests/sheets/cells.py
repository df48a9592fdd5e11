"""Entries of small pictures, as files."""

from itertools import product

import numpy as np
from PIL import Image

from dreamcore.sheets import Entry

AXES = {"layer": ["textures", "objects"], "transform": ["zoom(0.02)", "<i>roll</i>"], "seed": ["1"]}


def write_cells(folder, frames=3, size=(8, 6)):
    """Write frames into folders; return entries of all places of `AXES`: the third has failed, the last is not made."""
    entries = []
    for number, (transform, layer) in enumerate(product(AXES["transform"], AXES["layer"]), 1):
        labels = {"layer": layer, "transform": transform, "seed": "1"}
        recipe = f"about = \"Größe <{number}> & 'co'\"\n"
        if number == 3:
            entries.append(Entry(number, labels, recipe=recipe, error="it </script> failed"))
        elif number == 4:
            entries.append(Entry(number, labels, recipe=recipe))
        else:
            paths = [folder / f"{number:04d}-é #" / f"{frame:04d}.png" for frame in range(frames)]
            paths[0].parent.mkdir(parents=True)
            for frame, path in enumerate(paths):
                Image.fromarray(picture(number, frame, size)).save(path)
            entries.append(Entry(number, labels, paths, [20] * frames, recipe))
    return entries


def picture(number, frame, size=(8, 6)):
    """Return a picture of one colour, which tells the cell and the frame."""
    return np.full((size[1], size[0], 3), (60 * number, 80 * frame, 30), np.uint8)
