"""A trial of the installed filter: GIMP is started without a window, and dreams."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from dreamcore.errors import DreamError

_SCRIPT = """
import json
from gi.repository import Gegl, Gimp
Gegl.init(None)
image = Gimp.Image.new(64, 64, Gimp.ImageBaseType.RGB)
layer = Gimp.Layer.new(image, "check", 64, 64, Gimp.ImageType.RGB_IMAGE, 100, Gimp.LayerMode.NORMAL)
image.insert_layer(layer, None, 0)
pixels = bytes((x * 3 + y * 2 + 40 * channel) % 256 for y in range(64) for x in range(64) for channel in range(3))
layer.get_buffer().set(Gegl.Rectangle.new(0, 0, 64, 64), "R'G'B' u8", pixels)
procedure = Gimp.get_pdb().lookup_procedure("plug-in-deep-dream")
said = {"registered": procedure is not None}
if procedure:
    config = procedure.create_config()
    for name, value in {"image": image, "run-mode": Gimp.RunMode.NONINTERACTIVE, "frames": "2", "iterations": "2",
                        "octaves": "1"}.items():
        config.set_property(name, value)
    config.set_core_object_array("drawables", [layer])
    result = procedure.run(config)
    said["error"] = "" if result.index(0) == Gimp.PDBStatusType.SUCCESS else Gimp.get_pdb().get_last_error()
    if not said["error"]:
        said["layers"] = [layer.get_name() for layer in result.index(1).get_layers()]
with open(PATH, "w") as file:
    json.dump(said, file)
"""


def dream_in_gimp(program: str, profile: Path, run: Callable = subprocess.run) -> list[str]:
    """Start GIMP without a window, and dream a 64x64 picture with the installed filter.

    Parameters
    ----------
    program : str
        A gimp-console.
    profile : Path
        The profile to try.
    run : callable
        Runs a program, as `subprocess.run` does.

    Returns
    -------
    list of str
        The names of the layers that the filter made.

    Raises
    ------
    DreamError
        When the filter is not registered, or did not dream.
    """
    with tempfile.TemporaryDirectory(prefix="dreamcore-") as folder:
        script, said = Path(folder) / "check.py", Path(folder) / "said.json"
        script.write_text(_SCRIPT.replace("PATH", repr(str(said))), encoding="utf-8")
        code = f"exec(compile(open({str(script)!r}).read(), 'check', 'exec'))"
        try:
            done = run(
                [program, "-i", "-d", "-f", "-s", "--batch-interpreter=python-fu-eval", "-b", code, "--quit"],
                env={**os.environ, "GIMP3_DIRECTORY": str(profile)},
                capture_output=True,
                text=True,
                timeout=300,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise DreamError(f"{program} could not be run: {error}") from error
        if not said.exists():
            raise DreamError(f"{program} ran nothing; it said: {' '.join(done.stderr.split()[-40:])}")
        answer = json.loads(said.read_text(encoding="utf-8"))
    if not answer["registered"]:
        raise DreamError(f"GIMP did not register the filter in {profile}; run `dreamcore gimp install` again")
    if answer["error"]:
        raise DreamError(f"the filter is registered but did not dream: {answer['error']}")
    return answer["layers"]
