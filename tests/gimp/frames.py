"""Runs inside GIMP: dream picture.png of a folder and save the layers as gimp-0.png and so on."""

import os

from gi.repository import Gimp, Gio

arguments, said = globals()["arguments"], globals()["said"]
_answer, folder, model, recipe, iterations, octaves, frames, seed = arguments
image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(os.path.join(folder, "picture.png")))
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
    for number, layer in enumerate(stack.get_layers()[::-1]):
        for other in stack.get_layers():
            other.set_visible(other.get_id() == layer.get_id())
        Gimp.file_save(
            Gimp.RunMode.NONINTERACTIVE, stack, Gio.File.new_for_path(os.path.join(folder, f"gimp-{number}.png")), None
        )
