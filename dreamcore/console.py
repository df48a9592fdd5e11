"""The edge between a command and what it was started from: streams, signals, errors, exit codes."""

from __future__ import annotations

import codecs
import errno
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TextIO

import click

from dreamcore.errors import DreamError, NotAllowed, NotEnoughMemory, nearest, printable

_INTERRUPTED = 130  # by whichever signal: a farm, whose SIGTERM it mostly is, tries again after that one code


class Choice(click.Choice):
    """One of some words; another one is said with the nearest of them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is not one of {self._listed}{nearest(value, self.choices)}", param, ctx)

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return f"Allowed: {self._listed}"

    @property
    def _listed(self) -> str:
        return ", ".join(map(str, self.choices))


class FileName(click.Path):
    """A name of a file, a folder or a recipe; an empty one is refused, and does not stand for the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("a name is empty, which is often a variable that is not set", param, ctx)
        return super().convert(value, param, ctx)


class Commands(click.Group):
    """A command that has others below it; one that is not there is said with those that are."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        names = self.list_commands(ctx)
        if args and args[0] not in names and not args[0].startswith("-"):
            raise NotAllowed(f"no command {args[0]!r}{nearest(args[0], names)}; allowed: {', '.join(names)}")
        return super().resolve_command(ctx, args)


def echo(
    text: object = "", *, err: bool = False, done: bool = False, nl: bool = True, colour: str | None = None
) -> None:
    r"""Print text, which may come from files: whatever would command the terminal is escaped.

    Parameters
    ----------
    text : object
    err : bool
        On standard error, which may be full or closed: what is said there never stops the work.
    done : bool
        Whether it only says that something is made, which it is where standard output is closed, too.
    nl : bool
        Whether a line ends with it.
    colour : str, optional
        On a terminal.

    Examples
    --------
    >>> echo("a layer called \x1b[2J")
    a layer called \x1b[2J
    """
    try:
        click.secho(shown(str(text)), err=err, nl=nl, fg=colour)
    except OSError as error:
        if done and error.errno == errno.EBADF:
            _leave(sys.stdout, 1)
        elif not err:
            raise


def shown(text: str) -> str:
    r"""Return text with control characters escaped.

    Examples
    --------
    >>> shown("tab\tbell\7")
    'tab\tbell\\x07'
    """
    return printable(text, "\n\t")


def run_command(command: click.Command, name: str, arguments: Sequence[str] | None = None) -> int:
    """Run a command line to its end, whatever comes, and return the exit code: 0 only when everything was made.

    Every error is one line on standard error; ``--debug`` among the arguments shows where it came from.
    """
    open_streams()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        with _signals_stop(), warnings.catch_warnings():
            warnings.showwarning = _each_once()
            code = command.main([*arguments], prog_name=name, standalone_mode=False) or 0
            sys.stdout.flush()
            return code
    except BaseException as error:
        if "--debug" in arguments:
            traceback.print_exc()
        try:
            text, code = explain(error)
            if text:
                echo(text, err=True, colour="red" if text.startswith("error") else None)
            _leave(sys.stdout, 1)
        except MemoryError:  # so little is left that the line itself has no room
            os.write(2, b"error: there was not enough memory\n")
            return NotEnoughMemory.exit_code
        return code
    finally:
        _leave(sys.stderr, 2)


def _each_once() -> Callable[..., None]:
    """Return what prints warnings: the first line, since some of other programs bring a whole traceback with them."""
    said: set[str] = set()

    def say(message: Warning | str, *rest: Any, **more: Any) -> None:
        line = str(message).strip().partition("\n")[0]
        if line not in said:
            said.add(line)
            echo(f"note: {line}", err=True)

    return say


def explain(error: BaseException) -> tuple[str, int]:
    """Return the line that says what ended a command, and its exit code."""
    if isinstance(error, click.Abort):  # which stands for Ctrl-C, and for the end of some input
        error = error.__cause__ or error.__context__ or error
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return "stopped", _INTERRUPTED
    if isinstance(error, (SystemExit, click.exceptions.Exit)):
        code = getattr(error, "code", None) or getattr(error, "exit_code", 0)
        return "", code if isinstance(code, int) else 1
    if isinstance(error, BrokenPipeError):
        return "", 1
    if type(error).__name__ == "NoArgsIsHelpError":  # newer versions of click raise the help text
        return error.format_message(), error.exit_code  # type: ignore[attr-defined]
    if isinstance(error, click.ClickException):
        return f"error: {printable(error.format_message())}", error.exit_code
    if isinstance(error, DreamError):
        return f"error: {error}", error.exit_code
    if isinstance(error, MemoryError) or "not enough memory" in str(error) or "out of memory" in str(error).lower():
        advice = "a smaller picture, fewer octaves or a lower --memory need less"
        return f"error: there was not enough memory; {advice}", NotEnoughMemory.exit_code
    if isinstance(error, OSError):
        if error.errno == errno.EBADF and error.filename is None:
            return "error: standard output is closed, and what was asked for cannot be printed", 1
        if error.errno == errno.ENOENT and error.filename is None:  # as `os.getcwd` says it
            return "error: the current folder has been deleted; go to another one", 1
        place = f"{printable(os.fsdecode(error.filename))}: " if isinstance(error.filename, (str, bytes)) else ""
        return f"error: {place}{error.strerror or error}", 1
    first = (str(error).strip().splitlines() or ["no reason"])[0]
    return f"error: {type(error).__name__}: {first} (unexpected: --debug shows where)", 1


def open_streams() -> None:
    """Let the three standard streams be there, and take every file's name.

    A service starts programs with some of them closed. The next file that is opened would get the number of one, and
    be written to by whatever prints. What is then printed on standard error is lost; on standard output, where results
    are expected, it is an error.
    """
    for number, way in enumerate((os.O_RDWR, os.O_RDONLY, os.O_RDWR)):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, way), True)  # gets the lowest free number, which is this one
    codecs.register_error("dreamcore.names", _encode_name)
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115  for as long as the program runs
        if mode == "w" and hasattr(getattr(sys, name), "reconfigure"):
            getattr(sys, name).reconfigure(errors="dreamcore.names")


def _encode_name(error: UnicodeError) -> tuple[bytes | str, int]:
    """Encode what an encoding lacks: bytes of a file's name as they are, all else escaped."""
    assert isinstance(error, UnicodeEncodeError)
    with suppress(UnicodeError):
        return os.fsencode(error.object[error.start : error.end]), error.end
    return error.object[error.start : error.end].encode("unicode_escape", "surrogatepass").decode(), error.end


@contextmanager
def _signals_stop() -> Iterator[None]:
    """Let what asks a program to end do so as Ctrl-C does: what is finished stays, nothing is half-written."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before: dict[int, Any] = {}
    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        with suppress(ValueError):  # in another thread than the main one
            if number is not None and signal.getsignal(number) == signal.SIG_DFL:  # `nohup` wishes to ignore one
                before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(stream: TextIO, number: int) -> None:
    """Drop what cannot be printed, which Python would otherwise try again, and complain about, at its end."""
    try:
        stream.flush()
    except OSError:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, number)
        os.close(nothing)
