"""Runs inside GIMP: dream picture.png of a folder and save the layers as gimp-0.png and so on.

With a soft selection, where that is asked for; what is selected goes into mask.raw.
"""

import os

from gi.repository import Gegl, Gimp, Gio

arguments, said = globals()["arguments"], globals()["said"]
_answer, folder, selected, model, recipe, iterations, octaves, frames, seed = arguments
image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(os.path.join(folder, "picture.png")))
if selected == "soft":
    Gegl.init(None)
    image.select_ellipse(Gimp.ChannelOps.REPLACE, 30, 20, 50, 60)
    Gimp.Selection.feather(image, 12)
    whole = Gegl.Rectangle.new(0, 0, image.get_width(), image.get_height())
    mask = image.get_selection().get_buffer().get(whole, 1, "Y u8", Gegl.AbyssPolicy.NONE)
    with open(os.path.join(folder, "mask.raw"), "wb") as file:
        file.write(bytes(mask))
procedure = Gimp.get_pdb().lookup_procedure("plug-in-deep-dream")
config = procedure.create_config()
for name, value in {
    "image": image,
    "run-mode": Gimp.RunMode.NONINTERACTIVE,
    "model": model,
    "recipe": recipe,
    "iterations": iterations,
    "octaves": octaves,
    "frames": frames,
    "seed": seed,
}.items():
    config.set_property(name, value)
config.set_core_object_array("drawables", image.get_layers())
result = procedure.run(config)
said["error"] = "" if result.index(0) == Gimp.PDBStatusType.SUCCESS else Gimp.get_pdb().get_last_error()
if not said["error"]:
    stack = result.index(1)
    Gimp.Selection.none(stack)
    for number, layer in enumerate(stack.get_layers()[::-1]):
        for other in stack.get_layers():
            other.set_visible(other.get_id() == layer.get_id())
        Gimp.file_save(
            Gimp.RunMode.NONINTERACTIVE, stack, Gio.File.new_for_path(os.path.join(folder, f"gimp-{number}.png")), None
        )
