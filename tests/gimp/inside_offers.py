"""Runs inside GIMP: what the builder offers, and the file that a painted layer becomes; see inside.py."""

import json
import os
import re
import sys

import gi

gi.require_version("Gtk", "3.0")
sys.path.insert(0, os.path.join(os.environ["GIMP3_DIRECTORY"], "plug-ins/deep-dream"))
from areas import objective_of, says_areas, with_areas  # noqa: E402
from gi.repository import GdkPixbuf, Gimp, Gio  # noqa: E402
from helpers import TYPES, call, picture, read, run_checks, write  # noqa: E402
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


def group_of(image, *layers):
    """Return a group of layers of (name, left, width, opacity), the lowest first, as high as the image."""
    group = Gimp.GroupLayer.new(image, "Painting")
    image.insert_layer(group, None, 0)
    for name, left, width, opacity in layers:
        height = image.get_height()
        layer = Gimp.Layer.new(image, name, width, height, TYPES["RGBA"], opacity, Gimp.LayerMode.NORMAL)
        image.insert_layer(layer, group, 0)
        layer.set_offsets(left, 0)
        write(layer, bytes([9, 99, 199, 255]) * (width * height))
    return group


def rows_of(text):
    """Return the names in the maps of a text, and the first row of grey of the mask of each."""
    found = re.findall(r'map\("([^"]+)", white=((?:[^()]|\([^()]*\))*)\)', text)
    assert " + ".join(f'map("{file}", white={name})' for file, name in found) == text
    rows = []
    for file, name in found:
        (width, _height), data = pixels(f'"{file}"')
        assert set(data[3::4]) == {255}
        rows.append((name, list(data[: 4 * width : 4])))
    return rows


def check_each_layer_of_a_group_is_what_is_dreamed_where_it_is_seen():
    image, layer = picture()
    group = group_of(image, ("channels(parts, 12)", 0, 6, 100), ("patterns", 4, 4, 60))
    assert says_areas(group)
    assert rows_of(objective_of(group, Source(image, layer))) == [
        ("channels(parts, 12)", [255] * 4 + [102] * 2 + [0] * 2),
        ("patterns", [0] * 4 + [153] * 4),
    ]


def check_masks_and_hidden_layers_of_a_group_count_as_they_look():
    image, layer = picture()
    group = group_of(image, ("parts", 0, 8, 100), ("patterns", 0, 8, 100), ("objects", 0, 8, 100))
    top, middle, _lowest = group.get_children()
    top.set_visible(False)
    middle.add_mask(middle.create_mask(Gimp.AddMaskType.BLACK))
    group.set_visible(False)
    assert rows_of(objective_of(group, Source(image, layer))) == [("parts", [255] * 8), ("patterns", [0] * 8)]


def check_vector_and_link_layers_of_gimp_3_2_count_as_they_look():
    if not hasattr(Gimp, "VectorLayer"):
        return
    image, layer = picture()
    group, path = group_of(image, ("patterns", 0, 8, 100)), Gimp.Path.new(image, "square")
    image.insert_path(path, None, 0)
    stroke = path.bezier_stroke_new_moveto(0, 0)
    for x, y in ((4, 0), (4, 6), (0, 6)):
        path.bezier_stroke_lineto(stroke, x, y)
    path.stroke_close(stroke)
    square = Gimp.VectorLayer.new(image, path)
    image.insert_layer(square, group, 0)
    square.set_name("parts")
    square.set_enable_stroke(False)
    file = Gio.File.new_for_path(os.path.join(arguments[1], "linked.png"))
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file, None)
    link = Gimp.LinkLayer.new(image, file)
    image.insert_layer(link, group, 0)
    link.set_name("objects")
    link.set_offsets(7, 0)
    below, shape, top = rows_of(objective_of(group, Source(image, layer)))
    assert (shape, top) == (("parts", [255] * 4 + [0] * 4), ("objects", [0] * 7 + [255])), (shape, top)
    assert below == ("patterns", [0] * 4 + [255] * 3 + [0])


def check_a_group_is_taken_where_it_lies_over_the_picture():
    image, layer = picture(offsets=(4, 0), canvas=(20, 6))
    group = group_of(image, ("parts", 6, 3, 100))
    assert rows_of(objective_of(group, Source(image, layer))) == [("parts", [0] * 2 + [255] * 3 + [0] * 3)]
    other, layer = picture()
    assert len(rows_of(objective_of(group, Source(other, layer)))[0][1]) == 20


def check_a_large_painting_is_kept_small():
    image, layer = picture(2048, 64)
    ((_name, row),) = rows_of(objective_of(group_of(image, ("parts", 1024, 1024, 100)), Source(image, layer)))
    assert len(row) == 1024 and row[:510] == [0] * 510 and row[514:] == [255] * 510


def check_a_name_that_is_there_twice_and_one_of_several_words():
    image, layer = picture()
    group = group_of(image, ("parts", 0, 8, 100), ("parts", 0, 8, 100), ("my layer", 0, 8, 100))
    assert [name for name, _row in rows_of(objective_of(group, Source(image, layer)))] == [
        "parts",
        "parts",
        '"my layer"',
    ]


def check_a_group_with_no_such_names_says_nothing():
    image, layer = picture()
    group = group_of(image, ("Background", 0, 8, 100), ("Frame 2 (70ms) (replace)", 0, 8, 100))
    assert not says_areas(group) and not says_areas(layer)
    assert with_areas({"layer": ""}, Source(image, group)) == {"layer": ""}


def check_groups_are_offered_and_what_is_given_goes_before_a_group_that_dreams():
    image, layer = picture()
    group = group_of(image, ("parts", 0, 8, 100))
    offers = offers_of(image, layer)
    (name,) = [name for name, each in offers.groups.items() if each.get_id() == group.get_id()]
    text = offers.objective(name)
    assert name.endswith("Painting") and rows_of(text) == [("parts", [255] * 8)]
    source = Source(image, group)
    assert with_areas({"layer": ""}, source) == {"layer": text}
    assert with_areas({"layer": "objects"}, source) == {"layer": "objects"}


def check_a_run_of_a_group_dreams_its_areas_and_says_so():
    image, _layer = picture()
    group = group_of(image, ("parts", 0, 8, 100))
    text = objective_of(group, Source(image, group))
    frame = call(image, [group], frames="1").get_layers()[0]
    said = json.loads(bytes(frame.get_parasite("deep-dream").get_data()).rstrip(b"\0"))
    assert said["values"]["layer"] == text
    group.get_children()[0].set_name("chanels(parts, 1)")
    error = call(image, [group], frames="1", fails=True)
    assert error.startswith('unknown objective "chanels" (did you mean "channels"?): '), error
    assert "▸chanels(parts, 1)" in error, error
    group.get_children()[0].set_name("parts")
    group.get_children()[0].set_visible(False)
    assert "No layer of Painting is visible" in call(image, [group], frames="1", fails=True)


def check_what_is_no_layer_stays_a_text():
    image, layer = picture()
    assert offers_of(image, layer).meant(PICTURE, "leaf.jpg") == "leaf.jpg"
    assert offers_of(image, layer).meant({"kind": "class"}, "mask") == "mask"


run_checks(globals())
