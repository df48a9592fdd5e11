"""Runs inside GIMP: save three layers, the last of them shown over the second, as an animation."""

import os

from gi.repository import Gegl, Gimp, Gio

Gegl.init(None)
arguments, said = globals()["arguments"], globals()["said"]
image = Gimp.Image.new(8, 6, Gimp.ImageBaseType.RGB)
for name, width, grey in (("dark (70ms)", 8, 50), ("grey (200ms) (replace)", 8, 120), ("over (combine)", 4, 250)):
    layer = Gimp.Layer.new(image, name, width, 6, Gimp.ImageType.RGB_IMAGE, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    buffer = layer.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, width, 6), "R'G'B' u8", bytes([grey]) * (width * 18))
    buffer.flush()
procedure = Gimp.get_pdb().lookup_procedure("plug-in-deep-dream-animation")
for name, values in {"own.gif": {}, "same.gif": {"delay": "5", "reverse": True, "plays": 2}}.items():
    config = procedure.create_config()
    config.set_property("image", image)
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("file", Gio.File.new_for_path(os.path.join(arguments[1], name)))
    for key, value in values.items():
        config.set_property(key, value)
    config.set_core_object_array("drawables", image.get_layers()[:1])
    result = procedure.run(config)
    said[name] = "" if result.index(0) == Gimp.PDBStatusType.SUCCESS else Gimp.get_pdb().get_last_error()
