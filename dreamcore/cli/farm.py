"""`dreamcore farm`: jobs for render farms."""

from pathlib import Path

import click

from dreamcore.console import Choice, Commands, FileName, echo
from dreamcore.farm.exporting import FARMS
from dreamcore.shared_options import max_decoded, quiet
from dreamcore.text import counted, size_text, time_text


@click.group("farm", cls=Commands)
def command():
    """Let a render farm dream a sweep.

    \b
    Example:
      dreamcore farm export many.toml --to slurm
    """


@command.command()
@click.argument("sweep", metavar="SWEEP.toml", type=FileName())
@click.argument("out", required=False, type=FileName())
@click.option("--to", "farm", type=Choice([*FARMS]), required=True, help="Whose job is written.")
@click.option(
    "--chunk", metavar="CELLS", type=click.IntRange(1), help="Cells of a task.  [default: two minutes' worth]"
)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True, help="That a task keeps busy.")
@click.option(
    "--map", "maps", metavar="HERE=THERE", multiple=True, help="A folder, and what the farm's machines call it."
)
@max_decoded
@quiet
def export(sweep, out, farm, chunk, threads, maps, quiet):
    """Write the job that lets a farm dream SWEEP.toml into the folder OUT, beside SWEEP.toml itself.

    Tasks of several cells each run `dreamcore sweep SWEEP.toml OUT --cells A-B`, and a last one draws the sheet. OUT is
    called as SWEEP.toml is, without its suffix, unless another folder is named.

    \b
    Examples:
      dreamcore farm export many.toml --to slurm
      dreamcore farm export many.toml /mnt/dreams/many --to opencue --threads 4 --chunk 10
      dreamcore farm export many.toml --to deadline --map /home/me/films=//server/films
    """
    from dreamcore.farm.exporting import farm_job, write_farm_job
    from dreamcore.farm.foretelling import foresee
    from dreamcore.farm.maps import read_map
    from dreamcore.farm.reading import read_sweep

    maps = [read_map(text) for text in maps]
    read, out = read_sweep(sweep), out or Path(sweep).with_suffix("")
    forecast = foresee(read, range(1, len(read) + 1), measured=True)
    seconds = forecast.seconds or 0
    takes = {"seconds": seconds, "memory": forecast.memory, "chunk": chunk, "threads": threads}
    job = farm_job(sweep, out, len(read), **takes, maps=maps)
    paths, submitted = write_farm_job(job, farm, sweep)
    if quiet:
        return
    for path in paths:
        echo(path, done=True)
    tasks = f"{counted(job.tasks, 'task')} of {f'{job.chunk} cells' if job.chunk > 1 else 'a cell'}"
    time = time_text(seconds / job.cells * job.chunk)
    needs = f"{threads} threads and {size_text(job.memory << 20)} of memory each"
    echo(f"{tasks}, about {time} here, with {needs}; then the sheet. To submit: {submitted}", done=True)
