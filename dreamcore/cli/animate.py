"""`dreamcore animate`: dream a sequence and make an animation of it."""

from pathlib import Path

import click

from dreamcore.animations import animate_folder, played
from dreamcore.cli import options, sharing
from dreamcore.cli.frames import dream_frames, sequence_options
from dreamcore.cli.shown import growing, write_draft
from dreamcore.console import FileName, echo
from dreamcore.parameters import Timing
from dreamcore.text import counted, size_text


@click.command("animate")
@click.argument("picture", metavar="IN", type=FileName())
@click.argument("out", type=FileName())
@sequence_options
@sharing.options
@options.parameters(*Timing.parameters())
@click.option(
    "--update-every", "update", metavar="N", type=click.IntRange(1), help="Write OUT after every N frames, for a look."
)
@click.option("--draft", is_flag=True, help="Dream small and briefly, and say what the real thing will take.")
@options.force
def command(picture, out, memory, quiet, resume, update, draft, force, **values):
    """Dream the picture IN and write OUT: .gif, .webp, .apng, .avif, .mp4 or .webm.

    IN may also be a clip: a video, a GIF, a folder of pictures, a layer stack. Its frames keep their times unless
    --delay is given, and a video its sound.

    The frames stay beside it, in the folder OUT-frames; with --resume a stopped run goes on with them. OUT carries its
    recipe: `dreamcore info OUT --as-recipe`. With --on, many dream what depends on no other dream: the frames of a clip
    with --follow 0, and those in between.

    \b
    Examples:
      dreamcore animate photo.jpg dream.gif --recipe dogesine --frames 60
      dreamcore animate photo.jpg dream.mp4 --transform "zoom(0.02 + 0.05*beat(1))" --sound song.flac
      dreamcore animate clip.mp4 dream.mp4 --layer patterns
      dreamcore animate clip.mp4 dream.mp4 --follow 0 --on local
      dreamcore animate photo.jpg look.gif --recipe dogesine --frames 60 --draft
      dreamcore animate other.jpg again.gif --recipe dream.gif
    """
    from dreamcore.sources import opened
    from wand_tools import check_animation

    out = Path(out)
    folder = out.parent / f"{out.stem}-frames"
    shared = sharing.read_sharing(picture, values)
    job = options.job(opened(picture), values, out, resumed=folder if resume else None)
    check_animation(out, len(job.delays), force=force, **played(job, out))
    carried = {"force": force, "notes": job.notes()}
    if draft:
        write_draft(job, out, memory, quiet, **carried)
        return
    look = growing(job, folder, out, update, **carried) if update else lambda number: None
    dream_frames(job, folder, shared=shared, memory=memory, quiet=quiet, resume=resume, look=look)
    made = animate_folder(job, folder, out, force)
    if not quiet:
        size = f"{counted(made.frames, 'frame')}, {made.seconds:g} s, {size_text(out.stat().st_size)}"
        echo(f"{out}: {size}; from {folder}", done=True)
