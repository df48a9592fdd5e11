"""Where GIMP 3 keeps plug-ins, and putting the filter there."""

import json
import os
import re
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from dreamcore.errors import DreamError

NAME = "deep-dream"
VERSION = re.compile(r"3\.\d+$")


def profiles(environ=os.environ, home=None, platform=sys.platform):
    """Return the folders of settings of every GIMP 3 of this user, the ones that are there.

    Parameters
    ----------
    environ : mapping
        Read for ``GIMP3_DIRECTORY``, which overrides all else, ``XDG_CONFIG_HOME`` and ``APPDATA``.
    home : Path, optional
        The user's home folder.
    platform : str
        As ``sys.platform``.

    Returns
    -------
    list of (str, Path)
        The kind of installation (``"GIMP"``, ``"flatpak"``, ``"snap"``) and the profile.

    Examples
    --------
    >>> profiles({"GIMP3_DIRECTORY": "/profile"})
    [('GIMP', PosixPath('/profile'))]
    """
    if environ.get("GIMP3_DIRECTORY"):
        return [("GIMP", Path(environ["GIMP3_DIRECTORY"]))]
    home = Path(home or Path.home())
    if platform == "win32":
        places = [("GIMP", Path(environ.get("APPDATA") or home / "AppData/Roaming"))]
    elif platform == "darwin":
        places = [("GIMP", home / "Library/Application Support")]
    else:
        places = [
            ("GIMP", Path(environ.get("XDG_CONFIG_HOME") or home / ".config")),
            ("flatpak", home / ".config"),
            ("flatpak", home / ".var/app/org.gimp.GIMP/config"),
            ("snap", home / "snap/gimp/current/.config"),
        ]
    found = {}
    for kind, place in places:
        for folder in sorted(place.glob("GIMP/3.*")):
            if folder.is_dir() and VERSION.match(folder.name):
                found.setdefault(folder, kind)
    return [(kind, folder) for folder, kind in found.items()]


def new_profiles(run=subprocess.run, environ=os.environ, home=None):
    """Return the profile that an installed GIMP 3 will make at its first start, when it has not been started yet."""
    for program in executables():
        version = gimp_version(program, run)
        if version:
            base = Path(environ.get("XDG_CONFIG_HOME") or Path(home or Path.home()) / ".config")
            if sys.platform == "win32":
                base = Path(environ["APPDATA"])
            elif sys.platform == "darwin":
                base = Path(home or Path.home()) / "Library/Application Support"
            return [("GIMP", base / "GIMP" / ".".join(version.split(".")[:2]))]
    return []


def executables():
    """Return the programs of this machine that may be a GIMP without a window."""
    names = ("gimp-console-3.2", "gimp-console-3.0", "gimp-console-3", "gimp-console")
    found = [shutil.which(name) for name in names]
    found += [
        "/Applications/GIMP.app/Contents/MacOS/gimp-console",
        *map(str, Path(os.environ.get("PROGRAMFILES", "/nowhere")).glob("GIMP 3/bin/gimp-console*.exe")),
    ]
    return [program for program in found if program and os.access(program, os.X_OK)]


def gimp_version(program, run=subprocess.run):
    """Return the version of a GIMP 3, such as "3.0.4"; None for anything else."""
    try:
        text = run([program, "--version"], capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\b3\.\d+\.\d+", text)
    return found and found[0]


def install(profile, command=None):
    """Put the filter into a profile, whole or not at all, and return its folder.

    Parameters
    ----------
    profile : Path
        Such as ``~/.config/GIMP/3.0``; made when it is not there.
    command : list of str, optional
        What starts a worker; this Python by default.

    Raises
    ------
    DreamError
        When the profile cannot be written.
    """
    source = Path(__file__).parents[1] / "gimp_plugin" / NAME
    target = Path(profile) / "plug-ins" / NAME
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".deep-dream-", dir=profile) as scratch:
            new = Path(scratch) / NAME
            shutil.copytree(source, new, ignore=shutil.ignore_patterns("__pycache__", "*.po", "locale"))
            for catalogue in sorted(source.glob("locale/*.po")):
                mo = new / "locale" / catalogue.stem / "LC_MESSAGES" / f"{NAME}.mo"
                mo.parent.mkdir(parents=True)
                mo.write_bytes(compile_catalogue(catalogue.read_text(encoding="utf-8")))
            command = command or [sys.executable, "-I", "-m", "dreamcore", "worker"]
            (new / "worker.json").write_text(json.dumps({"command": command}) + "\n", encoding="utf-8")
            main = new / f"{NAME}.py"
            main.chmod(main.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
            if target.exists():
                target.rename(Path(scratch) / "old")
            new.rename(target)
    except OSError as error:
        raise DreamError(f"cannot install into {target}: {error.strerror}") from error
    return target


def uninstall(profile):
    """Take the filter out of a profile; return its folder, or None when it was not there."""
    target = Path(profile) / "plug-ins" / NAME
    if not target.exists():
        return None
    try:
        shutil.rmtree(target)
    except OSError as error:
        raise DreamError(f"cannot remove {target}: {error.strerror}") from error
    return target


def compile_catalogue(text):
    """Return the .mo file of a gettext .po file.

    >>> compile_catalogue('msgid "a"\\nmsgstr "b"\\n')[:4] == struct.pack("<I", 0x950412DE)
    True
    """
    entries = {}
    for block in re.split(r"\n\s*\n", text):
        lines = "\n".join(line for line in block.splitlines() if not line.startswith("#"))
        found = re.search(r'msgid\s+((?:".*"\s*)+)msgstr\s+((?:".*"\s*)+)', lines + "\n")
        if found:
            key, value = (json.loads('"' + "".join(re.findall(r'"(.*)"', part)) + '"') for part in found.groups())
            if value:
                entries[key.encode()] = value.encode()
    keys = sorted(entries)
    count, at, table, strings = len(keys), 28 + 16 * len(keys), [], b""
    for words in (keys, [entries[key] for key in keys]):
        for word in words:
            table += [len(word), at + len(strings)]
            strings += word + b"\0"
    return (
        struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0)
        + struct.pack(f"<{len(table)}I", *table)
        + strings
    )


CHECK = """
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
    for name, value in {"image": image, "run-mode": Gimp.RunMode.NONINTERACTIVE, "frames": 2, "iterations": 2,
                        "octaves": 1}.items():
        config.set_property(name, value)
    config.set_core_object_array("drawables", [layer])
    result = procedure.run(config)
    said["error"] = "" if result.index(0) == Gimp.PDBStatusType.SUCCESS else Gimp.get_pdb().get_last_error()
    if not said["error"]:
        said["layers"] = [layer.get_name() for layer in result.index(1).get_layers()]
with open(PATH, "w") as file:
    json.dump(said, file)
"""


def check(program, profile, run=subprocess.run):
    """Start GIMP without a window and dream a 64x64 picture with the installed filter.

    Parameters
    ----------
    program : str
        A gimp-console.
    profile : Path
        The profile to check.

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
        script.write_text(CHECK.replace("PATH", repr(str(said))), encoding="utf-8")
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
