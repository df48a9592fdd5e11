"""Runs inside GIMP: dream a group of two layers, each of which says by its name what is dreamed where it is seen."""

import json
import os

from gi.repository import Gimp, Gio
from helpers import TYPES, call, write

arguments, said = globals()["arguments"], globals()["said"]
_answer, folder, model = arguments
image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(os.path.join(folder, "areas.png")))
picture, group = image.get_layers()[0], Gimp.GroupLayer.new(image, "Painting")
image.insert_layer(group, None, 0)
image.reorder_item(picture, group, 0)
picture.set_name("objects")
half = Gimp.Layer.new(image, "patterns", 48, 96, TYPES["RGBA"], 70, Gimp.LayerMode.NORMAL)
image.insert_layer(half, group, 0)
write(half, bytes([200, 40, 90, 255]) * (48 * 96))
told = {"model": model, "frames": "1", "iterations": "2", "octaves": "1", "seed": "5"}
frame = call(image, [group], **told).get_layers()[0]
said["layer"] = json.loads(bytes(frame.get_parasite("deep-dream").get_data()).rstrip(b"\0"))["values"]["layer"]
for name, drawn in (("seen", image), ("dreamed", frame.get_image())):
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, drawn, Gio.File.new_for_path(os.path.join(folder, f"{name}.png")), None)
half.set_name("pattern")
said["error"] = call(image, [group], fails=True, **told)
