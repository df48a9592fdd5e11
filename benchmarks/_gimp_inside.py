"""Runs inside GIMP for gimp.py: time the filter, and watch the memory of its process."""

import os
import threading
import time

from gi.repository import Gegl, Gimp

Gegl.init(None)
arguments, said = globals()["arguments"], globals()["said"]
_answer, width, height, counts = arguments


def peaks(stop, found):
    while not stop.is_set():
        for process in filter(str.isdecimal, os.listdir("/proc")):
            try:
                with open(f"/proc/{process}/cmdline") as words, open(f"/proc/{process}/status") as status:
                    if "deep-dream.py -" in words.read().replace("\0", " "):
                        found.append(next(int(line.split()[1]) for line in status if line.startswith("VmHWM")))
            except (OSError, StopIteration):
                pass
        time.sleep(0.02)


def run(image, layer, frames):
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-deep-dream")
    config = procedure.create_config()
    for name, value in {"image": image, "run-mode": Gimp.RunMode.NONINTERACTIVE, "frames": str(frames)}.items():
        config.set_property(name, value)
    config.set_core_object_array("drawables", [layer])
    began, found, stop = time.monotonic(), [0], threading.Event()
    watcher = threading.Thread(target=peaks, args=(stop, found))
    watcher.start()
    result = procedure.run(config)
    took = time.monotonic() - began
    stop.set()
    watcher.join()
    assert result.index(0) == Gimp.PDBStatusType.SUCCESS, Gimp.get_pdb().get_last_error()
    result.index(1).delete()
    return {"frames": frames, "seconds": took, "peak": max(found) / 1024}


image = Gimp.Image.new(int(width), int(height), Gimp.ImageBaseType.RGB)
layer = Gimp.Layer.new(image, "picture", int(width), int(height), Gimp.ImageType.RGB_IMAGE, 100, Gimp.LayerMode.NORMAL)
image.insert_layer(layer, None, 0)
said["runs"] = [run(image, layer, int(count)) for count in counts.split(",")]
