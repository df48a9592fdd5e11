"""What could be done beside dreaming: `python benchmarks/beside.py`.

Processor seconds, with one thread, of a frame's dream, of the frames in between, of their files and of the GIF, for a
short sequence: what is not the dream is all that a second thread or process could take off its hands.
"""

import resource
import tempfile
from contextlib import contextmanager
from time import process_time

import click

import dreamcore
from dreamcore.sky import draw_sky


@contextmanager
def counted(seconds, name):
    """Add the processor time of this process, and of those that it has started and that have ended."""
    before = process_time() + of_children()
    yield
    seconds[name] = seconds.get(name, 0) + process_time() + of_children() - before


def of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@click.command()
@click.option("--model", default="dreamlet", show_default=True)
@click.option("--recipe", default="basic-zoom", show_default=True)
@click.option("--frames", default=8, show_default=True)
@click.option("--between", default=2, show_default=True)
@click.option("--precision", default="float32", show_default=True)
def main(model, recipe, frames, between, precision):
    dreamcore.tune_process()
    import torch

    from dreamcore.sequence import make_job, run, write_frames
    from wand_tools.make import make_animation

    torch.set_num_threads(1)
    network, picture = dreamcore.load_network(model, device="cpu", precision=precision), draw_sky(320, 240)
    jobs = [make_job(picture, network, recipe, frames=frames, between=count) for count in (0, between)]
    list(run(make_job(picture, network, recipe, frames=1)))  # what is found out and imported once
    seconds = {}
    with counted(seconds, "dreams and transforms"):
        list(run(jobs[0]))
    with tempfile.TemporaryDirectory() as folder:
        with counted(seconds, "all frames, as files"):
            list(write_frames(f"{folder}/frames", jobs[1]))
        seconds["in-betweens and files"] = seconds.pop("all frames, as files") - seconds["dreams and transforms"]
        with counted(seconds, "the GIF"):
            make_animation(f"{folder}/frames", f"{folder}/x.gif")
    total = sum(seconds.values())
    for name, spent in seconds.items():
        print(f"{name:24} {spent / frames:6.3f} s a frame, {spent / total:5.1%}")


if __name__ == "__main__":
    main()
