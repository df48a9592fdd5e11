"""Take the pictures of docs/gimp.md again: GIMP in a window with the real worker (needs ``make gimp-root``)."""

import sys
import tempfile
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dreamcore.pictures import to_bytes
from dreamcore.sky import draw_sky
from tests.gimp import gimp as gimp_module

PAINTED = """
import os
from gi.repository import Gegl, Gimp, Gio
from helpers import TYPES
image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(os.path.join(arguments[1], "sky.png")))
group = Gimp.GroupLayer.new(image, "Painting")
image.insert_layer(group, None, 0)
for name, colour, *ellipse in (("objects", "teal", 10, 20, 240, 300), ("textures", "orange", 190, 60, 280, 250)):
    layer = Gimp.Layer.new(image, name, 480, 320, TYPES["RGBA"], 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, group, 0)
    image.select_ellipse(Gimp.ChannelOps.REPLACE, *ellipse)
    Gimp.Selection.feather(image, 30)
    Gimp.context_set_foreground(Gegl.Color.new(colour))
    layer.edit_fill(Gimp.FillType.FOREGROUND)
    Gimp.Selection.none(image)
group.set_visible(False)
image.set_selected_layers(image.get_layers()[-1:])
Gimp.file_save(
    Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(os.path.join(arguments[1], "painted.xcf")), None
)
"""
DOCS = Path(__file__).resolve().parents[1] / "docs/gimp"


def painted(gimp, patience):
    """Take the picture of a group whose layers say what is dreamed where."""
    (gimp.folder / "painted.py").write_text(PAINTED)
    gimp.script(gimp.folder / "painted.py", gimp.folder)
    gimp.drive(
        gimp.folder / "painted.xcf",
        "window painted",
        "sleep 2",
        "fill painted",
        "search Deep Dream",
        "window ^Deep Dream$",
        "sleep 9",
        "key alt+w",
        "key alt+e",
        "key Tab Tab Tab",
        "key space",
        "window ^What is dreamed$",
        "sleep 5",
        "key alt+a",
        "key space",
        "sleep 1",
        "key End",
        "key Right",
        "key Return",
        "sleep 5",
        "key Escape",
        f"sleep {patience}",
        "shot painted",
        timeout=900,
        PATIENCE="400",
    )


def main(patience=60):
    with tempfile.TemporaryDirectory() as folder:
        gimp = gimp_module.find(Path(folder))
        if isinstance(gimp, str):
            sys.exit(gimp)
        gimp.install()
        Image.fromarray(to_bytes(draw_sky(480, 320))).save(gimp.folder / "sky.png")
        painted(gimp, patience)
        gimp.drive(
            gimp.folder / "sky.png",
            "window sky",
            "sleep 2",
            "fill sky",
            "search Deep Dream",
            "window ^Deep Dream$",
            f"sleep {patience}",
            "shot dialog",
            "key alt+w",
            "sleep 2",
            "shot settings",
            "key alt+b",
            "key Tab",
            "key space",
            "window ^Between frames$",
            "sleep 5",
            "key alt+t",
            "key ctrl+a",
            "type chain(zoom(linear(0:0.02, 23:0.1)), hue_shift(8), hold(contrast))",
            "sleep 3",
            "shot transforms",
            "key alt+t",
            "key ctrl+a",
            "type zoom(0.05)",
            "sleep 3",
            "key Escape",
            "window ^Deep Dream$",
            "key alt+e",
            "key Tab Tab Tab",
            "key space",
            "window ^What is dreamed$",
            "sleep 5",
            "key alt+t",
            "key ctrl+a",
            "type 0.5*patterns + map(mask.png, red=parts, blue=textures)",
            "sleep 3",
            "shot objective",
            "key alt+t",
            "key ctrl+a",
            "type objects",
            "sleep 3",
            "key Escape",
            "window ^Deep Dream$",
            "key alt+b",
            "type zooom(0.1)",
            "sleep 4",
            "shot wrong",
            "key ctrl+a",
            "key BackSpace",
            "key alt+f",
            "key ctrl+a",
            "type 12",
            "key Tab",
            "sleep 3",
            "key alt+d",
            "window ^Dreaming$",
            "window [2-9] layers",
            "sleep 1",
            "shot run",
            "window ^Dreaming$",
            "key alt+s",
            "gone ^Dreaming$",
            "window ^Deep Dream$",
            "key alt+c",
            "key Right",
            "key Right",
            "key Right",
            "key space",
            "sleep 1",
            "key shift+Tab",
            "key space",
            "sleep 1",
            "key Return",
            "window Save as a recipe",
            "type evening-fall",
            "key Tab",
            "type Falls into the evening, slowly.",
            "key Return",
            f"sleep {patience}",
            "shot own",
            "window ^Deep Dream$",
            "key Escape",
            "gone ^Deep Dream$",
            "search Save as GIF",
            "window Save as GIF",
            "sleep 1",
            "key alt+f",
            "key ctrl+a",
            "type /home/me/dream.gif",
            "key Tab",
            "sleep 20",
            "shot gif",
            timeout=900,
            PATIENCE="400",
        )
        DOCS.mkdir(parents=True, exist_ok=True)
        for name in ("dialog", "settings", "transforms", "objective", "painted", "wrong", "run", "own", "gif"):
            picture = Image.open(gimp.folder / f"{name}.png").convert("RGB")
            picture.quantize(256, dither=Image.Dither.NONE).save(DOCS / f"{name}.png", optimize=True)
            print(DOCS / f"{name}.png", (DOCS / f"{name}.png").stat().st_size)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
