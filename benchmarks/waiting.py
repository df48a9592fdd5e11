"""A gradient beside other busy programs, by how its threads wait: `python benchmarks/waiting.py [--rounds 9]`.

Each way is a process of its own, and all are asked in turns; so the ratios hold also where the machine has other work
now and then. Milliseconds of dreamlet at 224x224: medians, and the slowest of all in brackets.
"""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from statistics import median
from time import perf_counter, sleep

import click
import numpy as np

CHOSEN = ("GLIBC_TUNABLES", "GOMP_SPINCOUNT", "OMP_NUM_THREADS", "OMP_WAIT_POLICY")
WAYS = {
    "as it comes": "",
    "tuned once PyTorch is loaded": "import torch, dreamcore; dreamcore.tune_process()",
    "tuned before": "import dreamcore; dreamcore.tune_process()",
}
GRADIENTS, PATIENCE = 15, 2.0  # in each turn, and seconds after which no more are begun


def serve():
    """Print milliseconds of some gradients for each line that comes."""
    from dreamcore import load_network

    network = load_network("dreamlet", device="cpu")
    data = np.random.default_rng(0).normal(0, 50, (3, 224, 224)).astype(np.float32)
    for _ in range(3):
        network.gradient(data, "dream_4c")
    print("ready", flush=True)
    for _ in sys.stdin:
        times, end = [], perf_counter() + PATIENCE
        while len(times) < GRADIENTS and perf_counter() < end:
            start = perf_counter()
            network.gradient(data, "dream_4c")
            times.append(1000 * (perf_counter() - start))
        print(*times, flush=True)


class Process:
    """A process that takes gradients when it is asked, after a first line of code."""

    def __init__(self, first, turns=None):
        environment = {name: value for name, value in os.environ.items() if name not in CHOSEN}
        environment.update({"GOMP_SPINCOUNT": turns} if turns else {})
        code = (
            f"import sys, warnings; warnings.simplefilter('ignore'); sys.path.insert(0, {os.path.dirname(__file__)!r})"
        )
        self.child = subprocess.Popen(
            [sys.executable, "-c", f"{code}\n{first}\nfrom waiting import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.child.stdout.readline()

    def times(self):
        print(file=self.child.stdin, flush=True)
        return [float(each) for each in self.child.stdout.readline().split()]


@contextmanager
def busy():
    """A program that counts, asleep until it is told to go on."""
    child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    child.send_signal(signal.SIGSTOP)
    try:
        yield child
    finally:
        child.kill()


@click.command()
@click.option("--rounds", default=9, show_default=True)
@click.option("--busy", "most", default=2, show_default=True, help="Other programs at most.")
@click.option("--turns", help="Compare these values of GOMP_SPINCOUNT, too, as 1000,5000.")
def main(rounds, most, turns):
    processes = {name: Process(first) for name, first in WAYS.items()}
    processes.update({f"GOMP_SPINCOUNT={each}": Process("", each) for each in (turns or "").split(",") if each})
    found = {(name, beside): [] for name in processes for beside in range(most + 1)}
    with ExitStack() as stack:
        for process in processes.values():
            stack.callback(process.child.kill)
        others = [stack.enter_context(busy()) for _ in range(most)]
        for _ in range(rounds):
            for beside in range(most + 1):
                for number, other in enumerate(others):
                    other.send_signal(signal.SIGCONT if number < beside else signal.SIGSTOP)
                sleep(0.3)
                for name, process in processes.items():
                    found[name, beside].append(process.times())
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    print(f"{'other busy programs':30}" + "".join(f"{beside:20}" for beside in range(most + 1)))
    for name in processes:
        runs = [found[name, beside] for beside in range(most + 1)]
        cells = (f"{median(map(median, each)):.0f} ({max(map(max, each)):.0f})" for each in runs)
        print(f"{name:30}" + "".join(f"{cell:>20}" for cell in cells))


if __name__ == "__main__":
    main()
