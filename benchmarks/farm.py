"""Cells on several processes, and what a farm would make of many: `python benchmarks/farm.py cells|simulate [--help]`.

`cells`: eight small cells of different kinds by one process of two threads and of one, and by 1, 2 and 4 processes of
one thread each, in turns; then what the engine itself takes for a cell that takes no time. `simulate`: many cells on
many workers, through dask's own scheduler, in a process of its own, and the engine of `dreamcore sweep --on`. The
workers are dask's, too, many in a process; their cells only wait, as long as the measured ones take, scaled to a mean,
and now and then a worker ends without a word and another one comes.
"""

import asyncio
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for what the tests' farms are made of

KINDS = ("textures", "patterns", "parts", "objects")
ROWS = {"one process, two threads": (None, 2), "one process, one thread": (None, 1)} | {
    f"{count} of one thread": (count, 1) for count in (1, 2, 4)
}
# Seconds of those cells, one thread each, divided by their mean: what `cells` has printed.
SHARES = (0.65, 0.90, 0.96, 0.97, 1.09, 1.09, 1.13, 1.21)
# Each worker looks fifty times a second whether its process is late, and twice at its machine: a thousand workers of
# one process would do nothing else.
UNWATCHED = {
    "distributed.admin.tick.interval": "1h",
    "distributed.admin.tick.cycle": "1h",
    "distributed.admin.system-monitor.interval": "1h",
    "distributed.worker.profile.enabled": False,
    "distributed.worker.http.routes": [],
}


@click.group()
def main():
    pass


# Cells that are dreamed.


@main.command()
@click.option("--count", default=8, show_default=True)
@click.option("--frames", default=6, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--empty", default=400, show_default=True, help="Cells that take no time.")
def cells(count, frames, rounds, empty):
    found = {name: [] for name in ROWS}
    for _ in range(rounds):
        for name, (workers, threads) in ROWS.items():
            found[name].append(_child("once", workers or 0, threads, count, frames))
            took = found[name][-1]
            click.echo(f"{name}: {took['seconds']:.1f} s, {took['cpu']:.1f} s of CPU", err=True)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; {count} cells of {frames} frames; medians\n")
    print("| | s, from start to end | of it the cells | CPU s |\n|---|---|---|---|")
    for name, runs in found.items():
        whole, inner, used = (median(each[key] for each in runs) for key in ("seconds", "cells", "cpu"))
        print(f"| {name} | {whole:.1f} | {inner:.1f} | {used:.1f} |")
    took = sorted(found["one process, one thread"][0]["each"])
    shares = ", ".join(f"{each / mean(took):.2f}" for each in took)
    print(f"\nthe cells by one thread: {shares} of their mean, {mean(took):.2f} s")
    one = _child("empty-cells", empty)
    print(
        f"a cell that takes no time: {1000 * one['seconds'] / empty:.1f} ms, {1000 * one['cpu'] / empty:.1f} ms of CPU"
    )


def _child(*words):
    """Run a command of this file in a process of its own; return what it prints, with the time that it took."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, __file__, *map(str, words)], check=True, capture_output=True, text=True)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "cpu": cpu, **json.loads(done.stdout.splitlines()[-1])}


@main.command(hidden=True)
@click.argument("workers", type=int)
@click.argument("threads", type=int)
@click.argument("count", type=int)
@click.argument("frames", type=int)
def once(workers, threads, count, frames):
    """Dream cells in this process, or by so many others."""
    from dreamcore.process.tuning import tune_process

    tune_process()
    from dreamcore.farm.cells import Cell
    from dreamcore.farm.dreaming import dream_cell
    from dreamcore.pictures import to_bytes, write_picture
    from dreamcore.sequence.recipe import Recipe
    from dreamcore.sky import draw_sky

    with TemporaryDirectory() as folder:
        picture = Path(folder, "sky.png")
        write_picture(picture, to_bytes(draw_sky(320, 240)))
        plain = Recipe().changed(frames=frames)
        recipes = [
            plain.changed(layer=KINDS[number % 4], octaves=3 + number // 4, seed=number) for number in range(count)
        ]
        asked = [Cell(1 + number, str(picture), each) for number, each in enumerate(recipes)]
        tasks, began = [each.task(folder, threads=threads) for each in asked], time.perf_counter()
        outcomes = [*_engine(workers)(tasks, _ignore)] if workers else [dream_cell(each, _ignore) for each in tasks]
        assert all(each["state"] == "made" for each in outcomes), outcomes
    print(json.dumps({"cells": time.perf_counter() - began, "each": [each["seconds"] for each in outcomes]}))


@main.command(hidden=True)
@click.argument("count", type=int)
def empty_cells(count):
    """Give cells that take no time to two processes; what is printed leaves out how long these take to start."""
    from tests.farm.fakes import nothing, tasks

    with TemporaryDirectory() as folder:
        outcomes = _engine(2, dream=nothing)(tasks(folder, count + 1), _ignore)
        next(outcomes)
        began, used = time.perf_counter(), time.process_time()
        assert len([*outcomes]) == count
        took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - used}
    print(json.dumps(took))


def _engine(workers, **options):
    from dreamcore.farm.engine import cluster_engine

    return cluster_engine("local", workers=workers, **options)


def _ignore(event):
    pass


# Farms that are only there in part.


@main.command()
@click.option("--cells", "count", default=1000, show_default=True)
@click.option("--workers", default=200, show_default=True)
@click.option("--mean", "middle", default=4.0, show_default=True, help="Seconds of a cell.")
@click.option(
    "--deaths", default=100.0, show_default=True, help="Cells that a worker dreams until it ends, on the average."
)
@click.option("--hosts", default=2, show_default=True, help="Processes that the workers are in.")
@click.option("--most", default=900.0, show_default=True, help="Seconds after which the run is broken off.")
@click.option("--real", "is_real", is_flag=True, help="Workers of dask, which take longer to start.")
def simulate(count, workers, middle, deaths, hosts, most, is_real):
    import psutil

    from dreamcore.farm.engine import cluster_engine
    from tests.farm.fakes import tasks, wait

    luck = random.Random(0)
    with (
        TemporaryDirectory() as folder,
        _farm(folder, workers, hosts, middle * deaths, is_real) as (scheduler, address),
    ):
        (task,) = tasks(folder, 1)
        asked = [
            {**task, "cell": number, "folder": f"{folder}/{number}", "wait": middle * luck.choice(SHARES)}
            for number in range(1, count + 1)
        ]
        asked.sort(key=lambda task: -task["wait"])
        process, began, peak, used = psutil.Process(scheduler.pid), time.perf_counter(), 0, time.process_time()
        before, finished, notes = process.cpu_times(), [], []
        start, every = process.memory_info().rss, max(1, count // 20)
        took = (before.user + before.system) / workers
        print(f"{workers} workers are there, for {1000 * took:.0f} ms each of the scheduler's CPU", flush=True)
        for outcome in cluster_engine(address, dream=wait)(asked, lambda event: notes.append(event)):
            finished.append((time.perf_counter() - began, outcome))
            peak = max(peak, process.memory_info().rss) if len(finished) % 100 == 0 else peak
            if len(finished) % every == 0:
                click.echo(f"  {len(finished)} cells after {finished[-1][0]:.0f} s", err=True)
            if time.perf_counter() - began > most:
                break
        seconds, after = time.perf_counter() - began, process.cpu_times()
    done, failed = len(finished), sum(outcome["state"] == "failed" for _, outcome in finished)
    steady = [at for at, _ in finished[done // 10 : done * 8 // 10]]
    rate, ideal = len(steady) / (steady[-1] - steady[0]), workers / middle
    busy = sum(outcome.get("wait", 0) for _, outcome in finished) / (workers * seconds)
    cpu = after.user + after.system - before.user - before.system
    ended = sum("ended" in event.get("text", "") for event in notes)
    kind = "workers" if is_real else "stand-ins for workers"
    print(f"{done} of {count} cells of {middle:g} s on {workers} {kind}; load {os.getloadavg()[0]:.1f}")
    print(f"  {seconds:.0f} s in all, {failed} failed, {ended} times workers were seen to have ended")
    print(f"  {rate:.1f} cells a second in the middle, of {ideal:.1f} that so many workers could; {1 - busy:.0%} idle")
    print(
        f"  scheduler: {1000 * cpu / done:.2f} ms of CPU a cell, at most {peak / 1e6:.0f} MB, {start / 1e6:.0f} before"
    )
    print(f"  engine: {1000 * (time.process_time() - used) / done:.2f} ms of CPU a cell")


@contextmanager
def _farm(folder, workers, hosts, life, is_real):
    """A scheduler, and processes of many workers each, until the block ends; how long these live, on the average."""
    file = Path(folder, "scheduler.json")
    started = [
        _start(
            "-m",
            "distributed.cli.dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            0,
            "--no-dashboard",
            "--scheduler-file",
            file,
        )
    ]
    try:
        while not file.exists() or not file.stat().st_size:
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        shares = [workers // hosts + (number < workers % hosts) for number in range(hosts)]
        for number, share in enumerate(shares):
            started.append(_start(__file__, "host", address, share, life, number, is_real))
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            while len(client.ncores()) < workers:  # wait_for_workers asks for all about them, ten times a second
                time.sleep(1)
        yield started[0], address
    finally:
        for each in started:
            each.send_signal(signal.SIGKILL)
            each.wait()


def _start(*words):
    return subprocess.Popen([sys.executable, *map(str, words)], stderr=subprocess.DEVNULL)


@main.command(hidden=True)
@click.argument("address")
@click.argument("count", type=int)
@click.argument("life", type=float)
@click.argument("seed", type=int)
@click.argument("is_real", type=bool)
def host(address, count, life, seed, is_real):
    """Be many workers, each of which ends some day, and is followed by another."""
    import dask
    from distributed import Worker
    from distributed.versions import get_versions

    from benchmarks.standing_in import StandIn

    luck, versions = random.Random(seed), get_versions()

    def born(folder):
        if not is_real:
            return StandIn(address, versions)
        return Worker(address, nthreads=1, memory_limit=0, dashboard=False, local_directory=folder)

    async def live(worker, folder):
        while True:
            await asyncio.sleep(luck.expovariate(1 / life))
            if is_real:
                worker.batched_stream.comm.abort()  # as when its process is killed
                await asyncio.wait_for(worker.finished(), 60)
            else:
                await worker.end()
            worker = await born(folder)

    async def all_of_them(folder):
        lives = []
        for _ in range(count):  # one after the other: all at once, they wait for each other until they give up
            lives.append(asyncio.ensure_future(live(await born(folder), folder)))
        await asyncio.gather(*lives)

    with TemporaryDirectory() as folder, dask.config.set(UNWATCHED):
        asyncio.run(all_of_them(folder))


if __name__ == "__main__":
    main()
