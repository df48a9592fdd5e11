"""The line in ImageMagick's ``delegates.xml`` that makes ``dream:picture.jpg`` a dream.

ImageMagick 6 and 7 read the same file of the user's folder besides the system's. For the delegate's input it makes a
link with a name of its own, so that no letter of a picture's name ever reaches the shell.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

from dreamcore.errors import DreamError
from dreamcore.files import atomic_write, read_small

_BEGIN, _END = "<!-- dreamcore: dream: begins", "<!-- dreamcore: dream: ends -->"
_OURS = re.compile(rf"[ \t]*{re.escape(_BEGIN)}.*?{re.escape(_END)}\n?", re.DOTALL)
_MAP = re.compile(r"[ \t]*</delegatemap\s*>")
_EMPTY = '<?xml version="1.0" encoding="UTF-8"?>\n<delegatemap>\n</delegatemap>\n'
PROGRAMS = ("magick", "convert")
_UNKNOWN = "it does not know the delegate; `dreamcore magick install` puts it in"


def user_file() -> Path:
    """Return the user's ``delegates.xml``, where ImageMagick 6 and 7 look for it."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "ImageMagick" / "delegates.xml"


def command_line(python: str = sys.executable) -> str:
    """Return the shell command of the delegate; ImageMagick puts its own names for %i and %o.

    Examples
    --------
    >>> command_line("/opt/my python")
    "'/opt/my python' -I -m dreamcore magick decode '%i' '%o'"
    """
    program = shlex.quote(python).replace("%", "%%")
    return f"{program} -I -m dreamcore magick decode '%i' '%o'"


def with_delegate(text: str, command: str) -> str:
    """Return the text of a ``delegates.xml`` with the delegate, once; whatever else it holds stays.

    Raises
    ------
    DreamError
        Where the text has no ``</delegatemap>``.

    Examples
    --------
    >>> text = with_delegate("", "dream '%i' '%o'")
    >>> with_delegate(text, "dream '%i' '%o'") == text, without_delegate(text)
    (True, '<?xml version="1.0" encoding="UTF-8"?>\\n<delegatemap>\\n</delegatemap>\\n')
    """
    text = without_delegate(text) if text.strip() else _EMPTY
    ends = [*_MAP.finditer(text)]
    if not ends:
        raise DreamError("there is no </delegatemap> in it; mend it, or move it away")
    at = ends[-1].start()
    before = text[:at] if text[:at].endswith("\n") else f"{text[:at]}\n"
    row = f'  <delegate decode="dream" command={quoteattr(command)}/>'
    comment = f"{_BEGIN}; `dreamcore magick install` wrote this, `dreamcore magick uninstall` removes it -->"
    return f"{before}  {comment}\n{row}\n  {_END}\n{text[at:]}"


def without_delegate(text: str) -> str:
    """Return the text of a ``delegates.xml`` without the delegate."""
    return _OURS.sub("", text)


def install(path: Path | None = None) -> Path:
    """Put the delegate into the user's file, and return the file."""
    path = path or user_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DreamError(f"cannot make the folder {path.parent}: {error.strerror}") from error
    try:
        text = with_delegate(_text_of(path), command_line())
    except DreamError as error:
        raise DreamError(f"{path}: {error}") from None
    _write(path, text)
    return path


def uninstall(path: Path | None = None) -> Path | None:
    """Take the delegate out of the user's file; return the file, or None where it was not in there."""
    path = path or user_file()
    text = _text_of(path)
    rest = without_delegate(text)
    if rest == text:
        return None
    if rest == _EMPTY:
        path.unlink()
    else:
        _write(path, rest)
    return path


def _text_of(path: Path) -> str:
    if not os.path.lexists(path):
        return ""
    try:
        return read_small(path).decode()
    except UnicodeDecodeError as error:
        raise DreamError(f"{path} is not UTF-8: {error}") from None


def _write(path: Path, text: str) -> None:
    with atomic_write(path.resolve()) as file:  # a link to it, as keepers of settings make, stays a link
        file.write(text.encode())


def check() -> tuple[str, tuple[int, int]]:
    """Let ImageMagick dream a small picture; return its version, and the size of the dream.

    Raises
    ------
    DreamError
        When there is no ImageMagick, or it does not dream; it says why.
    """
    from PIL import Image

    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise DreamError(f"no ImageMagick was found in PATH: neither {' nor '.join(PROGRAMS)}")
    version = _run([program, "-version"]).stdout.partition("\n")[0]
    with tempfile.TemporaryDirectory() as folder:
        Image.new("RGB", (64, 48), (90, 140, 200)).save(f"{folder}/in.png")
        options = {**os.environ, "DREAM": "--layer textures --octaves 1 --iterations 1"}
        done = _run([program, f"dream:{folder}/in.png", f"{folder}/out.png"], options)
        if done.returncode or not Path(f"{folder}/out.png").exists():
            raise DreamError(f"{version} does not dream: {_reason(done.stderr)}")
        with Image.open(f"{folder}/in.png") as before, Image.open(f"{folder}/out.png") as after:
            if before.convert("RGB").tobytes() == after.convert("RGB").tobytes():
                raise DreamError(f"{version} gives back the picture as it was: {_UNKNOWN}")  # as version 7 does
            return version, after.size


def _run(command: list[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, errors="replace", timeout=300, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DreamError(f"{command[0]} cannot be run: {error}") from error


def _reason(said: str) -> str:
    """Return what ImageMagick said, in plain words where it is known."""
    if "not authorized" in said or "not allowed by the security policy" in said.lower():
        return (
            "its policy forbids delegates; the line for them in policy.xml (`convert -list policy` shows where) must "
            "allow dream"
        )
    if "no decode delegate" in said or "`dream:" in said:
        return _UNKNOWN
    lines = [line for line in said.splitlines() if line.startswith("error:")] or said.splitlines()
    return lines[0].removeprefix("error: ") if lines else "it says nothing"
