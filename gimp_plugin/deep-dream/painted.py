"""Files of painted pixels, which a recipe can name; kept in the user's data."""

import hashlib
import os

from gi.repository import GdkPixbuf, GLib

FOLDER = "deep-dream/pictures"


def file_of(data, size):
    """Return the file that has RGBA bytes of a width and a height; the same pixels have the same file."""
    folder = os.path.join(GLib.get_user_data_dir(), FOLDER)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, hashlib.sha256(data).hexdigest()[:16] + ".png")
    if not os.path.exists(path):
        raw_pixbuf(data, *size).savev(path + ".part", "png", [], [])
        os.replace(path + ".part", path)
    return path


def raw_pixbuf(data, width, height):
    """Return a picture of RGBA bytes."""
    return GdkPixbuf.Pixbuf.new_from_bytes(
        GLib.Bytes.new(data), GdkPixbuf.Colorspace.RGB, True, 8, width, height, width * 4
    )
