"""Speed and memory of the network: `python benchmarks/network.py [--json FILE]`.

In one run on one machine: forward and backward of ours, of plain PyTorch, and of the same convolutions alone, in turns,
medians; the default dream of ours and over plain PyTorch; peak memory of a process that does nothing else. Models are
looked for on the usual search path; those that are not there are left out.

Plain PyTorch is its own conv2d, relu, max_pool2d and cat in NCHW float32 under autograd, frozen weights, LRN as a sum of
five shifted squares.
"""

import json
import resource
import subprocess
import sys
from statistics import median
from time import perf_counter

import click
import numpy as np
import torch
from torch.nn import functional

from dreamcore import DreamError, dream, load_network
from dreamcore.network.layers import LAYERS
from dreamcore.pictures import sky

ENDS = {"bvlc_googlenet": "inception_4c/output", "squeezenet_v1.1": "fire9/concat", "dreamlet": "dream_4c"}
SIZES = ((224, 224), (512, 512), (1024, 768))


class Plain:
    """A network's layers run with PyTorch's own operators, one after another, all blobs kept: autograd as it comes."""

    def __init__(self, network):
        self.network = network
        self.weights = {
            name: [blob.contiguous() for blob in blobs] for name, blobs in network._weights.items()
        }
        self.mean, self.device, self.roles = network.mean, network.device, network.roles
        self.layers, self.blobs, self.name, self.fits = network.layers, network.blobs, network.name, network.fits

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
        return LAYERS[layer.type](layer, self.weights.get(layer.name, ()), *bottoms)


def lrn(x, param):
    reach = param.local_size // 2
    squares = functional.pad(x * x, (0, 0, 0, 0, reach, reach))
    total = sum(squares[:, start : start + x.shape[1]] for start in range(param.local_size))
    return x / (param.k + param.alpha / param.local_size * total) ** param.beta


class Convolutions:
    """The convolutions below an end, forward and input gradient, on arrays of their shapes: the time nothing can beat."""

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
        for layer, weights, x in self.calls:
            y = LAYERS["Convolution"](layer, weights, x)
            torch.autograd.grad(y, x, y.detach())


def in_turns(jobs, rounds):
    """Run each job once unmeasured, then all in turns; return the median seconds of each."""
    for job in jobs.values():
        job()
    times = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            start = perf_counter()
            job()
            times[name].append(perf_counter() - start)
    return {name: median(each) for name, each in times.items()}


def passes(network, end, rounds):
    plain = Plain(network)
    for width, height in SIZES:
        data = torch.randn(3, height, width, generator=torch.Generator().manual_seed(0)) * 50
        jobs = {
            "ours": lambda data=data: network.gradient(data, end),
            "plain": lambda data=data: plain.gradient(data, end),
            "convolutions": Convolutions(network, end, height, width),
        }
        yield f"{network.name} {width}x{height}", in_turns(jobs, rounds)


def default_dream(network, end, rounds):
    picture = sky(640, 480)
    jobs = {
        "ours": lambda: dream(picture, network, end=end, seed=0),
        "plain": lambda: dream(picture, Plain(network), end=end, seed=0),
    }
    return f"{network.name} dream 640x480", in_turns(jobs, rounds)


def peak(model, width, height, kind):
    """Peak memory in MB of a process that takes one gradient, counted without what importing costs."""
    command = [sys.executable, __file__, "--peak", model, str(width), str(height), kind]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def one_gradient(model, width, height, kind):
    network = load_network(model, device="cpu")
    network = network if kind == "ours" else Plain(network)
    for _ in range(2):
        network.gradient(torch.zeros(3, int(height), int(width)), ENDS[model])
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


@click.command()
@click.option("--rounds", default=7, show_default=True)
@click.option("--json", "out", type=click.Path(), help="Also write the figures there.")
@click.option("--peak", "job", nargs=4, hidden=True)
def main(rounds, out, job):
    if job:
        return one_gradient(*job)
    print(f"{torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}, torch {torch.__version__}")
    print(f"{'seconds':36} {'ours':>8} {'plain':>8} {'ratio':>6} {'bare convolutions':>18} {'ours/bare':>10}")
    rows = {}
    for model, end in ENDS.items():
        try:
            network = load_network(model, device="cpu")
        except DreamError as error:
            print(f"{model}: left out, {error}")
            continue
        rows.update(passes(network, end, rounds))
        rows.update([default_dream(network, end, max(1, rounds // 3))])
        for name, times in rows.items():
            if name.startswith(model):
                show(name, times)
        for width, height in SIZES:
            memory = {kind: peak(model, width, height, kind) for kind in ("ours", "plain")}
            rows[f"{model} {width}x{height} peak MB"] = memory
            print(f"{f'{model} {width}x{height} peak MB':36} {memory['ours']:8} {memory['plain']:8}")
    if out:
        with open(out, "w") as file:
            json.dump(rows, file, indent=2)


def show(name, times):
    bare = times.get("convolutions", np.nan)
    print(
        f"{name:36} {times['ours']:8.3f} {times['plain']:8.3f} {times['ours'] / times['plain']:6.2f}"
        f" {bare:18.3f} {times['ours'] / bare:10.2f}"
    )


if __name__ == "__main__":
    main()
