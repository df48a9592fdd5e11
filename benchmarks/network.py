"""Speed and memory of the network, as one table: `make bench` or `python benchmarks/network.py [--json FILE]`.

In one run on one machine, in turns, medians: forward and backward of ours in float32 and bfloat16, of plain PyTorch, of
the same convolutions alone, and of real Caffe where it is installed; the default dream of all but the convolutions; a
frame of three recipes from end to end, and the network's share of it; peak memory of a process that does nothing else.
Models are looked for on the usual search path; those that are not there are left out.

Plain PyTorch is its own conv2d, relu, max_pool2d and cat in NCHW float32 under autograd, frozen weights, LRN as a sum
of five shifted squares.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from unittest.mock import patch

import click
import torch
from torch.nn import functional

from dreamcore import DreamError, dream, load_network
from dreamcore.network.layers import LAYER_TYPES
from dreamcore.network.layers.arguments import window
from dreamcore.network.precision import find_precision
from dreamcore.process.environment import prepared
from dreamcore.process.heap import keep_blocks
from dreamcore.process.threads import use_what_is_granted
from dreamcore.sequence import make_job, write_frames
from dreamcore.sky import draw_sky

ENDS = {"bvlc_googlenet": "inception_4c/output", "squeezenet_v1.1": "fire9/concat", "dreamlet": "dream_4c"}
SIZES = ((224, 224), (512, 512), (1024, 768))
RECIPES = ("basic-zoom", "dogesine", "palette-carousel")
KINDS = {"ours": "float32", "bfloat16": "bfloat16", "plain": "PyTorch", "caffe": "Caffe", "convolutions": "bare"}
RATIOS = (("ours", "plain"), ("bfloat16", "plain"), ("ours", "convolutions"))
clock = perf_counter


class Plain:
    """A network's layers run with PyTorch's own operators, one after another, all blobs kept: autograd as it comes."""

    def __init__(self, network):
        self.network = network
        weights = network.backend.weights.items()
        self.weights = {name: tuple(blob.contiguous() for blob in blobs) for name, blobs in weights}

    def __getattr__(self, name):
        return getattr(self.network, name)

    def gradient(self, data, end, objective=lambda blob: 0.5 * (blob * blob).sum()):
        x = data[None].contiguous().requires_grad_()
        (end,) = (end,) if isinstance(end, str) else end
        blobs = {self.network.input: x}
        for layer, *_ in self.network.graph.operations:
            blobs[layer.top[0]] = self.run(layer, [blobs[name] for name in layer.bottom])
            if layer.name == end:
                break
        value = objective(blobs[end][0])
        return value.detach(), torch.autograd.grad(value, x)[0][0]

    def run(self, layer, bottoms):
        if layer.type == "LRN":
            return lrn(bottoms[0], layer.lrn_param)
        return LAYER_TYPES[layer.type].function(layer, self.weights.get(layer.name, ()), *bottoms)


def lrn(x, param):
    reach = param.local_size // 2
    squares = functional.pad(x * x, (0, 0, 0, 0, reach, reach))
    total = sum(squares[:, start : start + x.shape[1]] for start in range(param.local_size))
    return x / (param.k + param.alpha / param.local_size * total) ** param.beta


class Convolutions:
    """The convolutions below an end, forward and input gradient, on arrays of their shapes: what nothing can beat."""

    def __init__(self, network, end, height, width):
        calls = []
        plain = Plain(network)

        def record(layer, bottoms):
            if layer.type == "Convolution":
                calls.append((layer, bottoms[0].detach().contiguous(memory_format=torch.channels_last)))
            return Plain.run(plain, layer, bottoms)

        plain.run = record
        plain.gradient(torch.randn(3, height, width), end)
        self.calls = [(layer, network.backend.weights[layer.name], x.requires_grad_()) for layer, x in calls]

    def __call__(self):
        for layer, (weight, bias), x in self.calls:
            _, padding, stride, dilation = window(layer.convolution_param)
            y = functional.conv2d(x, weight, bias, stride, padding, dilation, layer.convolution_param.group)
            torch.autograd.grad(y, x, y.detach())


class Process:
    """One kind of network in a process of its own, so that none works with memory that another has left."""

    def __init__(self, kind, model):
        self.connection, theirs = get_context("spawn").Pipe()
        arguments = theirs, kind, model, torch.get_num_threads(), clock is process_time
        with patch.dict(os.environ, environment_of(kind)):
            get_context("spawn").Process(target=serve, args=arguments, daemon=True).start()

    def seconds(self, *job):
        self.connection.send(job)
        return self.connection.recv()


def serve(connection, kind, model, threads, cpu_time):
    torch.set_num_threads(threads)
    network, time = network_of(kind, model), process_time if cpu_time else perf_counter
    for work, *size in iter(partial(received, connection), None):
        job = job_of(work, kind, network, ENDS[model], *size)
        job()  # pays for what is set up
        times = []
        for _ in range(1 if work == "dream" else 2):
            start = time()
            job()
            times.append(time() - start)
        connection.send(min(times))


def environment_of(kind):
    """That of a process: ours as the command has it; plain PyTorch's with the C library's own ways with memory."""
    return prepared(os.environ) if kind in ("ours", "bfloat16") else {"MALLOC_MMAP_THRESHOLD_": "the C library's own"}


def network_of(kind, model):
    options = {"bfloat16": {"precision": "bfloat16"}, "caffe": {"backend": "caffe"}}.get(kind, {})
    use_what_is_granted()
    keep_blocks()  # but not where `environment_of` leaves blocks to the C library
    network = load_network(model, device="cpu", **options)
    return Plain(network) if kind == "plain" else network


def job_of(work, kind, network, end, width, height):
    if work == "dream":
        return partial(dream, draw_sky(width, height), network, layer=end, seed=0)
    if kind == "convolutions":
        return Convolutions(network, end, height, width)
    data = torch.randn(3, height, width, generator=torch.Generator().manual_seed(0)) * 50
    return partial(network.gradient, data, end)


def received(connection):
    with suppress(EOFError):
        return connection.recv()


def kinds(model):
    """What there is to compare: bfloat16 where the processor knows it, a real Caffe where there is one."""
    found = ["ours", "plain", "convolutions"]
    if find_precision("auto", "cpu") == torch.bfloat16:
        found.append("bfloat16")
    with suppress(DreamError):
        load_network(model, device="cpu", backend="caffe")
        found.append("caffe")
    return found


def compared(model, rounds):
    """Yield the rows of gradients and of the default dream: medians of runs in turns, and peaks."""
    processes = {kind: Process(kind, model) for kind in kinds(model)}
    for size in SIZES:
        yield f"{model} {size[0]}x{size[1]}", row_of(processes, model, rounds, "gradient", *size)
    del processes["convolutions"]
    yield f"{model} dream 640x480", row_of(processes, model, max(1, rounds // 2), "dream", 640, 480)


def row_of(processes, model, rounds, *job):
    times = [{kind: process.seconds(*job) for kind, process in processes.items()} for _ in range(rounds)]
    seconds = {kind: median(each[kind] for each in times) for kind in processes}
    ratios = {f"{a} / {b}": seconds[a] / seconds[b] for a, b in RATIOS if {a, b} <= {*seconds}}
    megabytes = {f"{kind} MB": peak(model, kind, *job) for kind in processes if kind != "convolutions"}
    return {**seconds, **ratios, **megabytes}


def recipe_frames(network):
    """Seconds of a frame of each recipe from end to end, transform and saving included, and of these in the network."""
    inside, gradient = [0.0], network.gradient

    def timed(*given):
        start = clock()
        try:
            return gradient(*given)
        finally:
            inside[0] += clock() - start

    dream(draw_sky(320, 240), network, iterations=1)  # what is found out and imported once
    network.gradient = timed
    for name in RECIPES:
        inside[0] = 0.0
        with tempfile.TemporaryDirectory() as folder:
            start = clock()
            # ten frames: the last one's saving cannot hide behind another dream
            job = make_job(draw_sky(320, 240), network, name, frames=10)
            frames = len([*write_frames(f"{folder}/frames", job)])
            spent = clock() - start
            row = {"frame": spent / frames, "network": inside[0] / frames, "share": inside[0] / spent}
            yield f"{network.name} {name} 320x240", row
    del network.gradient


def peak(model, kind, work, width, height):
    """Peak memory in MB of a process that takes two gradients, or dreams once, all that it imports included."""
    command = [sys.executable, __file__, "--peak", model, kind, work, str(width), str(height)]
    environment = {**os.environ, **environment_of(kind)}
    return int(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


def one_peak(model, kind, work, width, height):
    job = job_of(work, kind, network_of(kind, model), ENDS[model], int(width), int(height))
    for _ in range(1 if work == "dream" else 2):
        job()
    print(own_peak())


def own_peak():
    """Peak memory of this process in MB; Linux's ru_maxrss would begin with that of the process that started it."""
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (2**20 if sys.platform == "darwin" else 1024)


@click.command()
@click.option("--rounds", default=5, show_default=True)
@click.option("--models", default=",".join(ENDS), show_default=True)
@click.option("--json", "out", type=click.Path(), help="Also write the figures there.")
@click.option("--cpu-time", is_flag=True, help="Count processor time: one thread, on a busy machine.")
@click.option("--peak", "job", nargs=5, hidden=True)
def main(rounds, models, out, cpu_time, job):
    global clock
    if job:
        return one_peak(*job)
    clock = process_time if cpu_time else perf_counter
    use_what_is_granted()
    keep_blocks()
    print(f"{torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}, torch {torch.__version__}")
    print(f"bfloat16 in the processor: {'yes' if find_precision('auto', 'cpu') == torch.bfloat16 else 'no'}")
    rows = {}
    print(line("seconds, MB", *KINDS.values(), *(f"{a} / {b}" for a, b in RATIOS), *memory_columns()))
    print(line("---", *["---"] * (len(KINDS) + len(RATIOS) + len(memory_columns()))))
    for model in models.split(","):
        try:
            network = load_network(model, device="cpu")
        except DreamError as error:
            print(f"{model}: left out, {error}")
            continue
        for name, row in compared(model, rounds):
            rows[name] = row
            columns = (*KINDS, *(f"{a} / {b}" for a, b in RATIOS), *memory_columns())
            print(line(name, *(f"{row[key]:.3g}" if key in row else "" for key in columns)), flush=True)
        for name, row in recipe_frames(network):
            rows[name] = row
            share = f"{row['share']:.1%} in the network"
            print(line(name, f"{row['frame']:.3g}", share), flush=True)
    if out:
        Path(out).parent.mkdir(parents=True, exist_ok=True)
        Path(out).write_text(json.dumps(rows, indent=2) + "\n")


def memory_columns():
    return tuple(f"{kind} MB" for kind in KINDS if kind != "convolutions")


def line(name, *cells):
    return f"| {name:40} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
