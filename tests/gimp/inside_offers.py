"""Runs inside GIMP: what the builder offers, and the file that a painted layer becomes; see inside.py."""

import os
import sys

import gi

gi.require_version("Gtk", "3.0")
sys.path.insert(0, os.path.join(os.environ["GIMP3_DIRECTORY"], "plug-ins/deep-dream"))
from gi.repository import GdkPixbuf, Gimp  # noqa: E402
from helpers import TYPES, picture, read, run_checks, write  # noqa: E402
from offers import Offers  # noqa: E402
from pictures import Source  # noqa: E402

arguments, said = globals()["arguments"], globals()["said"]
PICTURE = {"kind": "picture", "name": "picture"}


def offers_of(image, layer):
    return Offers(Source(image, layer), ("textures", "one"), 23, "objects")


def pixels(text):
    """Return the RGBA of the file that a text names in quotes."""
    assert text[0] == text[-1] == '"'
    pixbuf = GdkPixbuf.Pixbuf.new_from_file(text[1:-1])
    assert pixbuf.get_has_alpha() and pixbuf.get_rowstride() == 4 * pixbuf.get_width()
    return (pixbuf.get_width(), pixbuf.get_height()), pixbuf.get_pixels()


def painted(image, offsets):
    layer = Gimp.Layer.new(image, "mask", 8, 6, TYPES["RGBA"], 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    layer.set_offsets(*offsets)
    write(layer, bytes([255, 0, 0, 255] * 4 + [0, 0, 255, 255] * 4) * 6)
    return layer


def named(offers, layer):
    return next(name for name, each in offers.drawables.items() if each.get_id() == layer.get_id())


def check_layers_of_open_images_are_offered_as_pictures():
    image, layer = picture()
    offers = offers_of(image, layer)
    assert named(offers, layer) in offers.names(PICTURE)
    assert offers.names({"kind": "layer", "name": "layer"}) == ["textures", "one"]


def check_a_painted_layer_becomes_a_file_of_its_pixels():
    image, layer = picture()
    mask = painted(image, (0, 0))
    offers = offers_of(image, layer)
    assert pixels(offers.meant(PICTURE, named(offers, mask))) == ((8, 6), read(mask))


def check_a_painted_layer_is_taken_where_it_lies_over_the_picture():
    image, layer = picture(offsets=(4, 0), canvas=(20, 20))
    mask = painted(image, (0, 0))
    offers = offers_of(image, layer)
    size, data = pixels(offers.meant(PICTURE, named(offers, mask)))
    assert size == (8, 6) and data[:4] == bytes([0, 0, 255, 255])


def check_what_is_no_layer_stays_a_text():
    image, layer = picture()
    assert offers_of(image, layer).meant(PICTURE, "leaf.jpg") == "leaf.jpg"
    assert offers_of(image, layer).meant({"kind": "class"}, "mask") == "mask"


run_checks(globals())
