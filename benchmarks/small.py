"""Gradients of small pictures, or of others: `python benchmarks/small.py [--against FOLDER]`, as a table.

Milliseconds of processor time with one thread, medians of runs in turns: a gradient; of the same convolutions alone,
forward and backward; a picture's share of a batch of eight. With `--against`, also a gradient by the dreamcore in
another folder, such as an older commit's worktree.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import process_time

import click

SIZES = "96x64,160x120,224x224"
HERE = Path(__file__).resolve().parent
BATCH = 8


class Child:
    """A process with one network of one dreamcore, so that none works with memory that another has left."""

    def __init__(self, folder, *told):
        from dreamcore.process.environment import prepared

        environment = {**prepared(os.environ), "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, __file__, "--child", *map(str, told)]
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def milliseconds(self, work):
        self.process.stdin.write(work + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def serve(model, precision, width, height):
    """Do what a line asks for, as often as it takes to be measured, and say how long each time took."""
    import torch
    from network import ENDS, Convolutions

    from dreamcore import load_network
    from dreamcore.process.heap import keep_blocks

    keep_blocks()
    network = load_network(model, device="cpu", precision=precision)
    picture = torch.randn(3, height, width, generator=torch.Generator().manual_seed(0)) * 50
    stack = torch.stack([picture] * BATCH)
    works = {
        "gradient": lambda: network.gradient(picture, ENDS[model]),
        "batch": lambda: network.gradient(stack, ENDS[model]),
    }
    for line in sys.stdin:
        name = line.strip()
        if name == "bare" and name not in works:
            works[name] = Convolutions(network, ENDS[model], height, width)
        times = []
        for _ in range(max(3, 120_000 // (width * height))):
            start = process_time()
            works[name]()
            times.append((process_time() - start) * 1000 / (BATCH if name == "batch" else 1))
        print(json.dumps(times), flush=True)


def row_of(model, precision, size, rounds, against):
    """Return medians by name, of runs in turns; the first of each only sets up."""
    ours = Child(HERE.parent, model, precision, *size)
    works = {"gradient": (ours, "gradient"), "batch": (ours, "batch")}
    if precision == "float32":
        works["bare"] = ours, "bare"
    if against:
        works["before"] = Child(against, model, precision, *size), "gradient"
    times = {name: [] for name in works}
    for _ in range(rounds + 1):
        for name, (child, work) in works.items():
            times[name].append(child.milliseconds(work))
    for child in {child for child, _ in works.values()}:
        child.end()
    return {name: median(sum(each[1:], [])) for name, each in times.items()}


@click.command()
@click.option("--rounds", default=6, show_default=True)
@click.option("--against", type=click.Path(exists=True, file_okay=False), help="The folder of another dreamcore.")
@click.option("--sizes", default=SIZES, show_default=True)
@click.option("--child", "told", nargs=4, hidden=True)
def main(rounds, against, sizes, told):
    if told:
        return serve(*told[:2], *map(int, told[2:]))
    from network import ENDS

    from dreamcore import DreamError, load_network

    columns = ["before"] * bool(against) + ["gradient", "bare", "batch"]
    print(line("ms", *columns, *["before / gradient"] * bool(against), "gradient / bare"))
    print(line("---", *["---"] * (len(columns) + 1 + bool(against))))
    for model in ENDS:
        try:
            load_network(model, device="cpu")
        except DreamError as error:
            print(f"{model}: left out, {error}")
            continue
        for precision in ("float32", "bfloat16"):
            for size in (tuple(map(int, each.split("x"))) for each in sizes.split(",")):
                row = row_of(model, precision, size, rounds, against)
                ratios = [(a, b) for a, b in (("before", "gradient"), ("gradient", "bare")) if a != "before" or against]
                shares = [f"{row[a] / row[b]:.2f}" if {a, b} <= row.keys() else "" for a, b in ratios]
                cells = [f"{row[name]:.1f}" if name in row else "" for name in columns]
                print(line(f"{model} {size[0]}x{size[1]} {precision}", *cells, *shares), flush=True)


def line(name, *cells):
    return f"| {name:36} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
