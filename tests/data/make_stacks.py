"""How stack.ora (GIMP 3.2.6) and stack.psd, .tif, .xcf (GIMP 3.0.4) were made; to be run by GIMP's python-fu-eval.

GIMP 3.0.4 loses the pixels of smaller layers when it writes OpenRaster, hence the newer one for that.
"""

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gegl, Gimp, Gio  # noqa: E402


def layer(name, width, height, x, y, rgba, parent=None, opacity=100, visible=True):
    made = Gimp.Layer.new(image, name, width, height, Gimp.ImageType.RGBA_IMAGE, opacity, Gimp.LayerMode.NORMAL)
    image.insert_layer(made, parent, 0)
    made.set_offsets(x, y)
    made.set_visible(visible)
    buffer = made.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, width, height), "R'G'B'A u8", bytes(rgba) * (width * height))
    buffer.flush()
    made.update(0, 0, width, height)


image = Gimp.Image.new(16, 12, Gimp.ImageBaseType.RGB)
layer("Frame 1 (120ms) (replace)", 16, 12, 0, 0, (200, 40, 40, 255))
layer("Frame 2 (80ms) (combine)", 6, 4, 3, 2, (40, 200, 40, 255))
layer("Frame 3 (50ms)", 8, 8, -4, -4, (40, 40, 200, 255), opacity=50)
layer("hidden (10ms)", 16, 12, 0, 0, (255, 255, 255, 255), visible=False)
group = Gimp.GroupLayer.new(image, "frames")
image.insert_layer(group, None, 0)
layer("Traumbild fünf (200ms) (replace)", 16, 12, 0, 0, (250, 250, 10, 255), parent=group)
layer("last", 4, 4, 10, 7, (10, 10, 10, 128), parent=group)
for suffix in ("ora", "psd", "tif", "xcf"):
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(f"stack.{suffix}"), None)
