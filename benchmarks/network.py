"""Speed and memory of the network: `python benchmarks/network.py [--json FILE]`.

In one run on one machine, in turns, medians: forward and backward of ours in float32 and bfloat16, of plain PyTorch, of
the same convolutions alone, and of real Caffe where it is installed; the default dream of ours and over plain PyTorch;
a frame of three recipes from end to end; peak memory of a process that does nothing else. Models are looked for on the
usual search path; those that are not there are left out.

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
from statistics import median
from time import perf_counter, process_time

import click
import torch
from torch.nn import functional

from dreamcore import DreamError, dream, load_network
from dreamcore.network.layers import LAYERS, window
from dreamcore.network.precision import find_precision
from dreamcore.pictures import Picture, sky
from dreamcore.sequence import write_frames
from dreamcore.sequence.recipe import load_recipe

ENDS = {"bvlc_googlenet": "inception_4c/output", "squeezenet_v1.1": "fire9/concat", "dreamlet": "dream_4c"}
SIZES = ((224, 224), (512, 512), (1024, 768))
RECIPES = ("basic-zoom", "dogesine", "palette-carousel")
clock = perf_counter


class Plain:
    """A network's layers run with PyTorch's own operators, one after another, all blobs kept: autograd as it comes."""

    def __init__(self, network):
        self.network = network
        self.weights = {
            name: [blob.contiguous() for blob in blobs] for name, blobs in network._weights.items()
        }

    def __getattr__(self, name):
        return getattr(self.network, name)

    def gradient(self, data, end, objective=lambda blob: 0.5 * (blob * blob).sum()):
        x = data[None].contiguous().requires_grad_()
        (end,) = (end,) if isinstance(end, str) else end
        blobs = {self.network.input: x}
        for layer in self.network._layers:
            blobs[layer.top[0]] = self.run(layer, [blobs[name] for name in layer.bottom])
            if layer.name == end:
                break
        value = objective(blobs[end][0])
        return value.detach(), torch.autograd.grad(value, x)[0][0]

    def run(self, layer, bottoms):
        if layer.type == "LRN":
            return lrn(bottoms[0], layer.lrn_param)
        if layer.type == "Pooling" and layer.pooling_param.pool == 0:
            kernel, padding, stride, _ = window(layer, layer.pooling_param)
            return functional.max_pool2d(bottoms[0], kernel, stride, padding, ceil_mode=True)
        return LAYERS[layer.type](layer, self.weights.get(layer.name, ()), *bottoms)


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
        self.calls = [(layer, network._weights[layer.name], x.requires_grad_()) for layer, x in calls]

    def __call__(self):
        for layer, (weight, bias), x in self.calls:
            _, padding, stride, dilation = window(layer, layer.convolution_param)
            y = functional.conv2d(x, weight, bias, stride, padding, dilation, layer.convolution_param.group)
            torch.autograd.grad(y, x, y.detach())


class Process:
    """One kind of network in a process of its own, so that none works with memory that another has left."""

    def __init__(self, kind, model):
        self.connection, theirs = get_context("spawn").Pipe()
        arguments = theirs, kind, model, torch.get_num_threads(), clock is process_time
        get_context("spawn").Process(target=serve, args=arguments, daemon=True).start()

    def seconds(self, *job):
        self.connection.send(job)
        return self.connection.recv()


def serve(connection, kind, model, threads, cpu_time):
    torch.set_num_threads(threads)
    if kind == "plain":
        os.environ["MALLOC_MMAP_THRESHOLD_"] = "the C library's own"  # so that dreamcore leaves it alone
    options = {"bfloat16": {"precision": "bfloat16"}, "caffe": {"backend": "caffe"}}.get(kind, {})
    network, end = load_network(model, device="cpu", **options), ENDS[model]
    network = Plain(network) if kind == "plain" else network
    time = process_time if cpu_time else perf_counter
    for work, *size in iter(partial(received, connection), None):
        if work == "dream":
            picture = sky(*size)
            job = partial(dream, picture, network, end=end, seed=0)
        elif kind == "convolutions":
            job = Convolutions(network, end, *size[::-1])
        else:
            data = torch.randn(3, *size[::-1], generator=torch.Generator().manual_seed(0)) * 50
            job = partial(network.gradient, data, end)
        job()  # pays for what is set up
        times = []
        for _ in range(1 if work == "dream" else 2):
            start = time()
            job()
            times.append(time() - start)
        connection.send(min(times))


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
    """Yield the rows of gradients and of the default dream: medians of runs in turns."""
    processes = {kind: Process(kind, model) for kind in kinds(model)}
    for size in SIZES:
        yield f"{model} {size[0]}x{size[1]}", in_turns(processes, rounds, "gradient", *size)
    dreaming = {kind: processes[kind] for kind in ("ours", "plain")}
    yield f"{model} dream 640x480", in_turns(dreaming, max(1, rounds // 3), "dream", 640, 480)


def in_turns(processes, rounds, *job):
    times = [{kind: process.seconds(*job) for kind, process in processes.items()} for _ in range(rounds)]
    return {kind: median(each[kind] for each in times) for kind in processes}


def recipe_frames(network):
    """Seconds of a frame of each recipe from end to end, transform and saving included, and of these in the network."""
    inside, gradient = [0.0], network.gradient

    def timed(*given):
        start = clock()
        try:
            return gradient(*given)
        finally:
            inside[0] += clock() - start

    dream(sky(320, 240), network, iterations=1)  # what is found out and imported once
    network.gradient = timed
    for name in RECIPES:
        recipe, inside[0] = load_recipe(name), 0.0
        with tempfile.TemporaryDirectory() as folder:
            start = clock()
            made = write_frames(
                f"{folder}/frames",
                Picture(sky(320, 240)),
                network,
                frames=4,
                transform=recipe.transform,
                parameters=recipe.dream_for(network),
            )
            frames = len([*made])
            spent = clock() - start
            row = {"frame": spent / frames, "network": inside[0] / frames, "share": inside[0] / spent}
            yield f"{network.name} {name} 320x240", row
    del network.gradient


def peaks(model, width, height):
    return {kind: peak(model, width, height, kind) for kind in ("ours", "plain")}


def peak(model, width, height, kind):
    """Peak memory in MB of a process that takes two gradients, all that it imports included."""
    command = [sys.executable, __file__, "--peak", model, str(width), str(height), kind]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def one_gradient(model, width, height, kind):
    network = load_network(model, device="cpu")
    network = network if kind == "ours" else Plain(network)
    for _ in range(2):
        network.gradient(torch.zeros(3, int(height), int(width)), ENDS[model])
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
@click.option("--peak", "job", nargs=4, hidden=True)
def main(rounds, models, out, cpu_time, job):
    global clock
    if job:
        return one_gradient(*job)
    clock = process_time if cpu_time else perf_counter
    print(f"{torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}, torch {torch.__version__}")
    print(f"bfloat16 in the processor: {'yes' if find_precision('auto', 'cpu') == torch.bfloat16 else 'no'}")
    rows = {}
    for model in models.split(","):
        try:
            network = load_network(model, device="cpu")
        except DreamError as error:
            print(f"{model}: left out, {error}")
            continue
        for name, row in table(model, network, rounds):
            rows[name] = row
            show(name, row)
    if out:
        with open(out, "w") as file:
            json.dump(rows, file, indent=2)


def table(model, network, rounds):
    yield from compared(model, rounds)
    for width, height in SIZES:
        yield f"{model} {width}x{height} MB", peaks(model, width, height)
    yield from recipe_frames(network)


def show(name, row):
    figures = "  ".join(f"{key} {value:.4g}" for key, value in row.items())
    if "plain" in row:
        figures += f"  ours/plain {row['ours'] / row['plain']:.2f}"
    if "convolutions" in row:
        figures += f"  ours/convolutions {row['ours'] / row['convolutions']:.2f}"
    print(f"{name:40} {figures}", flush=True)


if __name__ == "__main__":
    main()
