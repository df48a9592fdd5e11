"""What the scripts that run inside GIMP share: pictures, calls of the filter, and running all checks of a script."""

import json
import time
import traceback

from gi.repository import Gegl, Gimp

Gegl.init(None)
NONE = Gegl.AbyssPolicy.NONE
TYPES = {"RGB": Gimp.ImageType.RGB_IMAGE, "RGBA": Gimp.ImageType.RGBA_IMAGE, "GRAY": Gimp.ImageType.GRAY_IMAGE}


def picture(
    width=8, height=6, kind="RGB", precision=Gimp.Precision.U8_NON_LINEAR, pixels=None, offsets=(0, 0), canvas=None
):
    base = Gimp.ImageBaseType.GRAY if kind == "GRAY" else Gimp.ImageBaseType.RGB
    image = Gimp.Image.new_with_precision(*(canvas or (width, height)), base, precision)
    layer = Gimp.Layer.new(image, "photo", width, height, TYPES[kind], 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    layer.set_offsets(*offsets)
    if pixels is None:
        pixels = bytes((7 * number) % 200 for number in range(width * height * 4))
    write(layer, pixels)
    return image, layer


def write(layer, pixels, format="R'G'B'A u8"):
    buffer = layer.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height()), format, pixels)
    buffer.flush()
    layer.update(0, 0, layer.get_width(), layer.get_height())


def read(layer, format="R'G'B'A u8"):
    whole = Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())
    return bytes(layer.get_buffer().get(whole, 1, format, NONE))


def plus(pixels, number):
    return bytes(min(255, value + number) if index % 4 < 3 else value for index, value in enumerate(pixels))


def call(image, drawables, procedure="plug-in-deep-dream", fails=False, **arguments):
    procedure = Gimp.get_pdb().lookup_procedure(procedure)
    config = procedure.create_config()
    config.set_property("image", image)
    config.set_core_object_array("drawables", drawables)
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    for name, value in arguments.items():
        config.set_property(name.replace("_", "-"), value)
    result = procedure.run(config)
    error = Gimp.get_pdb().get_last_error()
    if fails:
        assert result.index(0) != Gimp.PDBStatusType.SUCCESS
        return error
    assert result.index(0) == Gimp.PDBStatusType.SUCCESS, error
    return result.index(1)


def names(image):
    return [layer.get_name() for layer in image.get_layers()]


def selection(image, size):
    whole = Gegl.Rectangle.new(0, 0, size, size)
    return bytes(image.get_selection().get_buffer().get(whole, 1, "Y u8", NONE))


def run_checks(script):
    """Run the functions check_* of a script, or those named in its arguments; what went wrong goes into ``said``."""
    arguments, said = script["arguments"], script["said"]
    for name, function in list(script.items()):
        if name in arguments[2:] or (name.startswith("check_") and not arguments[2:]):
            began = time.monotonic()
            try:
                function()
                said[name] = ""
            except Exception:
                said[name] = traceback.format_exc()
            print(name, round(time.monotonic() - began, 2), flush=True)
            with open(arguments[0], "w") as file:
                json.dump(said, file)
