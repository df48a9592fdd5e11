"""`dreamcore frames`: dream a sequence into a frame directory."""

import shlex
import sys
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import click

from dreamcore.cli import options, sharing
from dreamcore.cli.quicker import took
from dreamcore.console import Choice, FileName, echo
from dreamcore.errors import NotAllowed
from dreamcore.parameters import Dream, Video
from dreamcore.progress import Progress
from dreamcore.text import counted, short


def sequence_options(command):
    """Add the options that describe a sequence, and how it is made."""
    for option in reversed(
        (
            options.recipe,
            options.parameters(
                "frames",
                "between",
                "loop",
                "start",
                "blend_in",
                "renew",
                "transform",
                "model",
                *Dream.parameters(),
                "guide",
                *Video.parameters(),
                "sound",
                "bpm",
            ),
            options.mask,
            options.parameters("seed"),
            click.option("--resume", is_flag=True, help="Go on after the frames that are there."),
            options.network,
            options.device,
            options.precision,
            options.memory,
            options.max_decoded,
            options.quiet,
        )
    ):
        command = option(command)
    return command


def dream_frames(job, folder, *, shared, memory, quiet, resume, suffix=".png", look=lambda number: None):
    """Dream a job into a folder; return the frames that are new. `look` is called with the number of each."""
    from dreamcore.process.threads import computing_with
    from dreamcore.sequence import frame_files, write_frames

    with ExitStack() as stack:
        stack.enter_context(computing_with(shared.threads_for(job)))
        plan = options.plan(job, memory, quiet)
        stack.enter_context(took(job.network, quiet))
        progress = stack.enter_context(Progress(None if shared.on else job.dreams, quiet))
        how = {"plan": plan, "memory": memory, "suffix": suffix, "resume": resume, "progress": progress}
        written = shared.written(job, folder, **how) if shared.on else write_frames(folder, job, **how)
        made = []
        try:
            for number, path in written:
                made.append(path)
                look(number)
            return made
        except KeyboardInterrupt as error:
            again = shlex.join(["dreamcore", *(each for each in sys.argv[1:] if each != "--resume"), "--resume"])
            is_any = Path(folder).is_dir() and frame_files(folder)  # also one that was just being saved
            finished = "the finished frames are" if is_any else "no frame is finished yet"
            echo(f"\n{finished} in {folder}; to go on: {again}", err=True)
            raise click.Abort from error


@click.command("frames")
@click.argument("picture", metavar="IN", type=FileName())
@click.argument("folder", metavar="DIR", type=FileName())
@sequence_options
@sharing.options
@click.option("--format", "kind", type=Choice(["png", "jpg"]), default="png", show_default=True, help="Of the frames.")
@click.option("--save-recipe", metavar="FILE", type=FileName(), help="Write the settings as a recipe.")
@click.option(
    "--from",
    "origin",
    metavar="DIR:N",
    help="Go on from frame N of the folder DIR, by its recipe where none is named; without :N, from its last.",
)
def command(picture, folder, memory, quiet, resume, kind, save_recipe, origin, **values):
    """Dream the picture IN, transform it, dream again: frames into the folder DIR.

    IN may also be a clip: a video, a GIF, a folder of pictures, a layer stack. Then each of its frames is dreamed
    on top of what the last dream left, carried along with what moves; transforms run only if asked for.

    With --start the starting picture itself is the first frame, which is a dream, too, otherwise. --between 3 moves
    three frames in between each two dreams, which takes hardly any time; --loop leads the last frame back to the first.

    With --on, many dream what depends on no other dream: the frames of a clip with --follow 0, and those in between.

    With --from the frames follow those of another run, under its numbers, the frame itself the first; IN is what
    transforms and guides call the first picture.

    \b
    Example:
      dreamcore frames photo.jpg dream --frames 20 --transform "zoom(0.03)"
      dreamcore frames photo.jpg dream --recipe dogesine
      dreamcore frames photo.jpg dream --frames 24 --loop --between 3
      dreamcore frames photo.jpg dream --transform "zoom(0.1*band(40..120))" --sound song.flac
      dreamcore frames clip.mp4 dream --follow 0.95
      dreamcore frames clip.mp4 dream --follow 0 --on local
      dreamcore frames photo.jpg dream --strength "step(0:0, 1:1)"
      dreamcore frames photo.jpg other --from dream:12 --layer patterns
    """
    from dreamcore.sequence.recipe import check_recipe_file
    from dreamcore.sequence.recipe import save_recipe as save
    from dreamcore.sources import opened

    shared = sharing.read_sharing(picture, values)
    state = _state(origin, values, quiet) if origin else None
    job = options.job(opened(picture), values, save_recipe, resumed=folder if resume else None, state=state)
    # once, with the first frame: a call that is refused writes nothing
    keep = cache(lambda: save(job.recipe, save_recipe) if save_recipe else None)
    if save_recipe:
        check_recipe_file(save_recipe)
    how = {"memory": memory, "quiet": quiet, "resume": resume, "suffix": f".{kind}"}
    made = dream_frames(job, folder, shared=shared, look=lambda number: keep(), **how)
    keep()
    if not quiet:
        echo(f"{counted(len(made), 'new frame')} in {folder}", done=True)


def _state(origin, values, quiet):
    """Read where another run stood, and take its recipe where none is named."""
    from dreamcore.sequence.resuming import state_at

    folder, _, number = origin.rpartition(":")
    if not folder or Path(origin).exists():
        folder, number = origin, None
    elif not number.isdecimal():
        raise NotAllowed(f"frame {short(number)!r} of {folder} is not allowed; allowed: a number, from 0")
    else:
        number = int(number)
    state, is_exact = state_at(folder, number)
    values["recipe"] = values["recipe"] or folder
    if not quiet:
        how = "from its lossless state" if is_exact else "from its file, rounded to 8 bits"
        echo(f"goes on from frame {state.done - 1} of {folder}, {how}", err=True)
    return state
