"""Train dreamlet, the small network that comes with the program, to dream like a larger one.

    python tools/train_embedded.py PICTURES GOOGLENET OUT

PICTURES is any folder of pictures, GOOGLENET a folder with the BVLC GoogLeNet (the teacher), OUT a folder for
checkpoints, the curves (``curves.csv``) and the finished model (``deploy.prototxt``, ``dreamlet.caffemodel``).
The same command goes on where an interrupted run stopped. ``--device cuda`` trains on one GPU.
docs/dreamlet.md says what came of it.
"""

import copy
import csv
import math
import random
import time
from collections import deque
from pathlib import Path

import click
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageOps
from torch import nn

from dreamcore.caffe_format import message_class, read_weights, write_prototxt, write_weights

MEAN = torch.tensor([104.0, 117.0, 123.0]).view(1, 3, 1, 1)  # B, G, R
MODULES = ("3a", "3b", "4a", "4b", "4c")
ENDS = ("3b", "4c")

# Numbers of filters; for a module: 1x1, 3x3_reduce, 3x3, 5x5_reduce, 5x5, pool_proj.
TEACHER = {
    "kernel": 7, "conv1": 64, "reduce": 64, "conv2": 192,
    "3a": (64, 96, 128, 16, 32, 32), "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64), "4b": (160, 112, 224, 24, 64, 64), "4c": (128, 128, 256, 24, 64, 64),
}  # fmt: skip
STUDENT = {
    "kernel": 7, "conv1": 64, "reduce": 64, "conv2": 128,
    "3a": (48, 64, 80, 16, 32, 16), "3b": (96, 80, 128, 16, 48, 32),
    "4a": (96, 80, 144, 16, 32, 32), "4b": (112, 80, 160, 16, 48, 32), "4c": (128, 80, 256, 16, 64, 64),
}  # fmt: skip


class Tower(nn.Module):
    """The lower part of a GoogLeNet, up to inception_4c, of any width.

    The student differs in three ways: fewer filters; the second LRN stands after the pooling, where it is cheap; and a
    1x1 convolution `head` imitates all of the teacher's 3b channels.
    """

    def __init__(self, widths, head=None):
        super().__init__()
        self.head = head
        self.rows = []  # (name, inputs, outputs, kernel)
        self.weights, self.biases = nn.ParameterDict(), nn.ParameterDict()
        n, r, c = widths["conv1"], widths["reduce"], widths["conv2"]
        self._add(("conv1", 3, n, widths["kernel"]), ("conv2/3x3_reduce", n, r, 1), ("conv2/3x3", r, c, 3))
        for module in MODULES:
            one, three_in, three, five_in, five, proj = widths[module]
            p = f"inception_{module}/"
            self._add((p + "1x1", c, one, 1), (p + "3x3_reduce", c, three_in, 1), (p + "3x3", three_in, three, 3))
            self._add((p + "5x5_reduce", c, five_in, 1), (p + "5x5", five_in, five, 5), (p + "pool_proj", c, proj, 1))
            c = one + three + five + proj
            if head and module == "3b":
                self._add(("dream_3b", c, head, 1))

    def _add(self, *rows):
        for name, inputs, outputs, kernel in rows:
            self.rows.append((name, inputs, outputs, kernel))
            std = math.sqrt(2 / (inputs * kernel * kernel))
            self.weights[name] = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel) * std)
            self.biases[name] = nn.Parameter(torch.zeros(outputs))

    def forward(self, x, see=None):
        """Return the blobs 3b and 4c; `see(name, input, output)` sees every convolution before its ReLU."""

        def conv(x, *names):  # several 1x1 convolutions of one blob are one product
            weight = torch.cat([self.weights[name] for name in names])
            bias = torch.cat([self.biases[name] for name in names])
            if names[0] == "conv1":
                y = folded_conv1(x, weight, bias)
            elif weight.shape[2] == 1:
                y = pointwise(x, weight, bias)
            else:
                y = F.conv2d(x, weight.contiguous(memory_format=torch.channels_last), bias, 1, weight.shape[2] // 2)
            widths = [len(self.biases[name]) for name in names]
            if see:
                y = torch.cat([see(name, x, part) for name, part in zip(names, y.split(widths, 1), strict=True)], 1)
            y = F.relu(y)
            return y.split(widths, 1) if len(names) > 1 else y

        blobs = {}
        x = lrn(F.max_pool2d(conv(x, "conv1"), 3, 2, ceil_mode=True))
        x = conv(conv(x, "conv2/3x3_reduce"), "conv2/3x3")
        x = lrn(F.max_pool2d(x, 3, 2, ceil_mode=True)) if self.head else F.max_pool2d(lrn(x), 3, 2, ceil_mode=True)
        for module in MODULES:
            if module == "4a":
                x = F.max_pool2d(x, 3, 2, ceil_mode=True)
            p = f"inception_{module}/"
            one, three, five = conv(x, p + "1x1", p + "3x3_reduce", p + "5x5_reduce")
            proj = conv(F.max_pool2d(x, 3, 1, 1), p + "pool_proj")
            x = torch.cat([one, conv(three, p + "3x3"), conv(five, p + "5x5"), proj], 1)
            blobs[module] = conv(x, "dream_3b") if self.head and module == "3b" else x
        return {end: blobs[end] for end in ENDS}


def folded_conv1(x, weight, bias):
    """The convolution of stride 2, as one of stride 1 on the picture folded to 12 channels: a faster gradient."""
    kernel = weight.shape[2]
    half, pad, odd = (kernel + 1) // 2, kernel // 2, kernel // 2 % 2
    weight = F.pad(weight, (odd, 1 - odd, odd, 1 - odd)).reshape(-1, 3, half, 2, half, 2)
    weight = weight.permute(0, 1, 3, 5, 2, 4).reshape(-1, 12, half, half)
    x = F.pixel_unshuffle(F.pad(x, (pad + odd, pad - odd, pad + odd, pad - odd)), 2)
    x = x.contiguous(memory_format=torch.channels_last)
    return F.conv2d(x, weight.contiguous(memory_format=torch.channels_last), bias)


def pointwise(x, weight, bias=None):
    return F.linear(x.permute(0, 2, 3, 1), weight.flatten(1), bias).permute(0, 3, 1, 2)


def lrn(x, alpha=1e-4):
    i = torch.arange(x.shape[1], device=x.device)
    near = ((i[:, None] - i).abs() <= 2).to(x.dtype)
    root = (1 + pointwise(x * x, near * (alpha / 5))).rsqrt()
    return x * (root * root.sqrt())  # scale ** -0.75


def load_teacher(folder):
    weights = read_weights(next(folder.glob("*.caffemodel")))
    teacher = Tower(TEACHER)
    for name, *_ in teacher.rows:
        weight, bias = weights["conv1/7x7_s2" if name == "conv1" else name]
        teacher.weights[name].data, teacher.biases[name].data = torch.tensor(weight), torch.tensor(bias).flatten()
    return teacher.requires_grad_(False)


# Pictures


class Crops:
    """Random squares of pictures: any scale down to the whole picture, flips, contrast and colour shifts."""

    def __init__(self, files, size, rng):
        self.files, self.size, self.rng = files, size, rng

    def one(self, plain=False):
        picture = Image.open(self.rng.choice(self.files)).convert("RGB")
        short = min(picture.size)
        side = self.rng.uniform(min(short, self.size), short)
        left, top = (self.rng.uniform(0, n - side) for n in picture.size)
        picture = picture.resize((self.size,) * 2, Image.BICUBIC, (left, top, left + side, top + side), 3)
        if self.rng.random() < 0.5:
            picture = ImageOps.mirror(picture)
        x = torch.from_numpy(np.asarray(picture, np.float32)[..., ::-1].copy()).permute(2, 0, 1) - MEAN[0]
        if not plain:
            x = x * self.rng.uniform(0.6, 1.3) + torch.tensor([self.rng.gauss(0, 12) for _ in range(3)]).view(3, 1, 1)
        return clip(x)[0]

    def many(self, n):
        return torch.stack([self.one(plain=True) for _ in range(n)])


def clip(x):
    mean = MEAN.to(x.device)
    return torch.minimum(torch.maximum(x, -mean), 255 - mean)


def answer(net, x, deep, create_graph=False):
    """Return the blobs and the gradient of each picture's objective 0.5*||blob||^2, at 4c where `deep`, else at 3b."""
    x = x.contiguous(memory_format=torch.channels_last).detach().requires_grad_(True)
    blobs = net(x)
    energy = {end: blobs[end].square().sum((1, 2, 3)) / 2 for end in ENDS}
    gradient = torch.autograd.grad(torch.where(deep, energy["4c"], energy["3b"]).sum(), x, create_graph=create_graph)[0]
    return blobs if create_graph else {end: blob.detach() for end, blob in blobs.items()}, gradient


def ascend(x, gradient, step=1.5):
    return clip(x + step * gradient / (gradient.abs().mean((1, 2, 3), keepdim=True) + 1e-20))


class Dreams:
    """Pictures on their way into a dream.

    Every batch that the teacher answers is moved one jittered ascent step on, along the teacher's or the student's
    gradient; now and then a picture is enlarged by an octave, or replaced by a new one. So the student is asked about
    natural pictures and about all stages of its own and its teacher's dreams.
    """

    def __init__(self, crops, count, batch, device):
        self.crops, self.batch, self.rng = crops, batch, crops.rng
        self.x = torch.stack([crops.one() for _ in range(count)]).to(device)
        self.deep = torch.tensor([self.rng.random() < 0.6 for _ in range(count)], device=device)
        self.own = torch.tensor([self.rng.random() < 0.7 for _ in range(count)], device=device)

    def take(self):
        self.which = torch.tensor(self.rng.sample(range(len(self.x)), self.batch))
        self.shift = (self.rng.randint(-32, 32), self.rng.randint(-32, 32))
        return torch.roll(self.x[self.which], self.shift, (2, 3)), self.deep[self.which]

    def move(self, x, teacher, student):
        x = ascend(x, torch.where(self.own[self.which].view(-1, 1, 1, 1), student, teacher), self.rng.uniform(1, 2.5))
        self.x[self.which] = torch.roll(x, (-self.shift[0], -self.shift[1]), (2, 3))
        for i in self.which.tolist():
            chance = self.rng.random()
            if chance < 0.07:
                self.x[i] = self.crops.one().to(self.x.device)
                self.deep[i], self.own[i] = self.rng.random() < 0.6, self.rng.random() < 0.7
            elif chance < 0.17:
                size = self.x.shape[-1]
                big = F.interpolate(self.x[i : i + 1], scale_factor=1.4, mode="bilinear")[0]
                top, left = (self.rng.randrange(big.shape[-1] - size) for _ in range(2))
                self.x[i] = big[:, top : top + size, left : left + size]


# The start


def inherit(teacher, student, x, seed, samples=16000):
    """Give the student the teacher's most important filters, refitted layer by layer to what they now see.

    A filter's importance is |activation * gradient| of both objectives. From the bottom up, each layer's weights are
    the least squares solution that gives the kept filters' responses in the teacher from the student's own inputs.
    """
    importance = filter_importance(teacher, x)
    generator = torch.Generator().manual_seed(seed)
    places, wanted, keep = {}, {}, {}

    def pick(name, rows):  # the same random positions of a layer for teacher and student
        if name not in places:
            places[name] = torch.randperm(len(rows), generator=generator)[:samples]
        return rows[places[name]]

    def positions(blob):
        return blob.permute(0, 2, 3, 1).reshape(-1, blob.shape[1])

    def see_responses(name, _, y):
        wanted[name] = pick(name, positions(y))
        return y

    with torch.no_grad():
        blobs = teacher(x, see_responses)
        wanted["dream_3b"] = pick("dream_3b", positions(blobs["3b"]))
        for name, inputs, outputs, kernel in student.rows:
            if name == "dream_3b":
                keep[name] = slice(None)
            else:
                keep[name] = importance[name].topk(outputs).indices.sort().values
            seen = {}

            def see(layer, blob, y, name=name, kernel=kernel, seen=seen):
                if layer == name:
                    stride = 2 if name == "conv1" else 1
                    patches = [F.unfold(b[None], kernel, padding=kernel // 2, stride=stride)[0].T for b in blob]
                    seen["rows"] = pick(name, torch.cat(patches))
                return y

            student(x, see)
            a, b = seen["rows"].double(), wanted[name][:, keep[name]].double()
            a0, b0 = a.mean(0), b.mean(0)
            square = (a - a0).T @ (a - a0)
            square.diagonal().add_(square.diagonal().mean() * 1e-3)
            fit = torch.linalg.solve(square, (a - a0).T @ (b - b0))
            student.weights[name].data = fit.T.reshape(outputs, inputs, kernel, kernel).float().contiguous()
            student.biases[name].data = (b0 - a0 @ fit).float()


def filter_importance(teacher, x):
    total = {}
    for part in x.split(16):
        seen = {}
        blobs = teacher(part.clone().requires_grad_(True), lambda name, _, y, seen=seen: seen.setdefault(name, y))
        for end in ENDS:
            energy = blobs[end].square().sum()
            gradients = torch.autograd.grad(energy, list(seen.values()), retain_graph=True, allow_unused=True)
            for (name, y), g in zip(seen.items(), gradients, strict=True):
                if g is not None:
                    total[name] = total.get(name, 0) + (y * g).detach().abs().sum((0, 2, 3)) / energy.item()
    return total


def calibrate(teacher, student, x):
    """Scale random weights, from the bottom up, so that every layer's responses spread like the teacher's."""
    spread = {}

    def see_spread(name, _, y):
        spread[name] = y.std()
        return y

    with torch.no_grad():
        blobs = teacher(x, see_spread)
        spread["dream_3b"] = blobs["3b"].std()

        def see(name, _, y):
            scale = spread[name] / y.std()
            student.weights[name].mul_(scale)
            return y * scale

        student(x, see)


# The finished model


def caffe_layers(student):
    """Return the student as Caffe layers, and their weights."""
    layers, weights = [], {}

    def layer(type_, name, bottoms, top, **parameters):
        layers.append(message_class("LayerParameter")(name=name, type=type_, bottom=bottoms, top=[top], **parameters))
        return top

    def conv(bottom, name, top=None, key=None):
        weight = student.weights[key or name].detach().cpu().numpy()
        bias = student.biases[key or name].detach().cpu().numpy()
        outputs, _, _, kernel = weight.shape
        param = {"num_output": outputs, "kernel_size": [kernel], "pad": [kernel // 2] if kernel > 1 else []}
        if key == "conv1":
            param["stride"] = [2]
        weights[name] = (weight, bias)
        top = layer("Convolution", name, [bottom], top or name, convolution_param=param)
        return layer("ReLU", f"{name}/relu", [top], top)

    def pool(bottom, name, stride=2):
        param = {"pool": 0, "kernel_size": [3], "stride": [stride], "pad": [1] if stride == 1 else []}
        return layer("Pooling", name, [bottom], name, pooling_param=param)

    def norm(bottom, name):
        return layer("LRN", name, [bottom], name, lrn_param={"local_size": 5, "alpha": 1e-4, "beta": 0.75})

    shape = message_class("BlobShape")(dim=[1, 3, 224, 224])
    x = layer("Input", "data", [], "data", input_param={"shape": [shape]})
    kernel = student.weights["conv1"].shape[2]
    x = norm(pool(conv(x, f"conv1/{kernel}x{kernel}_s2", "conv1", "conv1"), "pool1"), "norm1")
    x = conv(conv(x, "conv2/3x3_reduce"), "conv2/3x3", "conv2")
    x = norm(pool(x, "pool2"), "norm2")
    for module in MODULES:
        if module == "4a":
            x = pool(x, "pool3")
        p = f"inception_{module}/"
        parts = [conv(x, p + "1x1"), conv(conv(x, p + "3x3_reduce"), p + "3x3")]
        parts += [conv(conv(x, p + "5x5_reduce"), p + "5x5"), conv(pool(x, p + "pool", 1), p + "pool_proj")]
        top = "dream_4c" if module == "4c" else p + "output"
        x = layer("Concat", top, parts, top)
        if module == "3b":
            conv(x, "dream_3b/1x1", "dream_3b", "dream_3b")
    return layers, weights


def export(student, folder):
    """Write the student as deploy.prototxt and dreamlet.caffemodel."""
    layers, weights = caffe_layers(student)
    folder.mkdir(parents=True, exist_ok=True)
    write_prototxt(folder / "deploy.prototxt", message_class("NetParameter")(name="dreamlet", layer=layers))
    write_weights(folder / "dreamlet.caffemodel", layers, weights, name="dreamlet")


# Training


class Loss:
    """How far the student's blobs and input gradients are from the teacher's."""

    def __init__(self, blobs):
        self.mean = {end: blobs[end].mean((0, 2, 3), keepdim=True) for end in ENDS}
        variance = {end: blobs[end].var((0, 2, 3), keepdim=True) for end in ENDS}
        self.scale = {end: 2 / (v + v.mean()) for end, v in variance.items()}

    def blob(self, end, student, teacher):
        return ((student - teacher).square() * self.scale[end]).mean()

    def r2(self, end, student, teacher):
        return 1 - ((student - teacher).square().sum() / (teacher - self.mean[end]).square().sum()).item()


def check(teacher, student, x, loss):
    """Return R2, gradient cosine and the transfer of ten steps at one scale, per end, on pictures kept apart."""
    row = {}
    for end in ENDS:
        deep = torch.full((len(x),), end == "4c", device=x.device)
        a, b = answer(teacher, x, deep)
        c, d = answer(student, x, deep)
        row[f"r2_{end}"] = loss.r2(end, c[end], a[end])
        row[f"cosine_{end}"] = F.cosine_similarity(b.flatten(1), d.flatten(1)).mean().item()
        few = x[:8]
        energies = [energy_of(teacher, few, end)]
        for net in (teacher, student):
            y = few
            for _ in range(10):
                y = ascend(y, answer(net, y, deep[:8])[1])
            energies.append(energy_of(teacher, y, end))
        start, best, reached = energies
        row[f"transfer_{end}"] = ((reached - start) / (best - start)).mean().item()
    return row


@torch.no_grad()
def energy_of(net, x, end):
    return net(x)[end].square().sum((1, 2, 3)) / 2


class Muon(torch.optim.Optimizer):
    """Momentum whose matrix is made orthogonal (Jordan 2024), so that a step moves all directions alike.

    Activations are far from centred and strongly correlated; this makes up for it where batch normalisation is not.
    """

    def __init__(self, groups, momentum=0.95):
        super().__init__(groups, {"lr": 0.0, "momentum": momentum})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                mean = state.setdefault("mean", torch.zeros_like(p))
                mean.lerp_(p.grad, 1 - group["momentum"])
                step = orthogonal(torch.lerp(p.grad, mean, group["momentum"]).flatten(1))
                p.sub_(step.view_as(p) * (group["lr"] * math.sqrt(p.numel()) / (step.norm() + 1e-20)))


def orthogonal(matrix, rounds=5):
    """Push all singular values of a matrix towards 1, by a quintic Newton-Schulz iteration."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-20)
    for _ in range(rounds):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x.T if tall else x


def optimizers_for(student, x, rate):
    """Steps in proportion to what they change: a layer's weights, or (biases) the spread of its responses."""
    weights, biases = [], []

    def see(name, _, y):
        weight = student.weights[name]
        weights.append({"params": [weight], "base": rate * weight.square().mean().sqrt().item()})
        biases.append({"params": [student.biases[name]], "base": rate * 0.5 * y.std().item()})
        return y

    with torch.no_grad():
        student(x[:32], see)
    return [Muon(weights), torch.optim.Adam(biases, betas=(0.9, 0.99), eps=1e-12)]


class Training:
    """Teacher, student, what the student is asked about, and where the training stands."""

    def __init__(self, pictures, googlenet, out, *, batch, size, rate, start, seed, device, apart):
        self.out, self.step, self.seed, self.running = out, 0, seed, {}
        torch.manual_seed(seed)
        held_out, files = split(pictures, apart)
        self.crops = Crops(files, size, random.Random(seed))
        self.held_out = Crops(held_out, size, random.Random(1)).many(24).to(device)
        self.teacher, self.student = load_teacher(googlenet), Tower(STUDENT, head=480)
        x = self.first_pictures()
        if start == "teacher":
            inherit(self.teacher, self.student, x, seed)
        else:
            calibrate(self.teacher, self.student, x)
        self.teacher.to(device), self.student.to(device)
        self.optimizers = optimizers_for(self.student, x.to(device), rate)
        self.average = copy.deepcopy(self.student).requires_grad_(False)
        self.loss = Loss(self.teacher(x.to(device)))
        if (out / "checkpoint.pt").exists():
            self.resume(device)
        self.first = self.step
        self.dreams = Dreams(self.crops, 6 * batch, batch, device)
        self.memory = deque(maxlen=48)

    def first_pictures(self, count=128):
        """Return what the start is fitted to: crops, half of them dreamed a little by the teacher."""
        x, half = self.crops.many(count), count // 2
        for _ in range(4):
            x[:half] = ascend(x[:half], answer(self.teacher, x[:half], torch.arange(half) % 2 == 0)[1], 2)
        return x

    def advance(self, steps, gradient_weight, reuse):
        """Take one training step of `steps`; the teacher answers a new batch in one of `reuse`."""
        part = self.step / steps
        pace = 0.5 * (1 + math.cos(math.pi * part)) * min(1, (self.step - self.first + 1) / 100)
        fresh = self.step % reuse == 0 or not self.memory
        if fresh:
            x, deep = self.dreams.take()
            self.memory.append((x, deep, *answer(self.teacher, x, deep)))
        x, deep, blobs, gradient = self.memory[-1] if fresh else self.crops.rng.choice(self.memory)
        own, own_gradient = answer(self.student, x, deep, create_graph=True)
        cosine = F.cosine_similarity(own_gradient.flatten(1), gradient.flatten(1)).mean()
        total = sum(self.loss.blob(end, own[end], blobs[end]) for end in ENDS)
        (total + gradient_weight * (0.5 + part) * (1 - cosine)).backward()
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["base"] * pace
            optimizer.step()
            optimizer.zero_grad()
        decay = min(0.998, (self.step + 1) / (self.step + 10))
        now = [p.detach() for p in self.student.parameters()]
        torch._foreach_lerp_(list(self.average.parameters()), now, 1 - decay)
        if fresh:
            self.dreams.move(x, gradient, own_gradient.detach())
            shown = {"train_cosine": cosine.item()}
            shown |= {f"train_r2_{end}": self.loss.r2(end, own[end].detach(), blobs[end]) for end in ENDS}
            self.running = {k: self.running.get(k, v) + 0.02 * (v - self.running.get(k, v)) for k, v in shown.items()}
        self.step += 1

    def report(self):
        """Append a row to the curves and return it."""
        row = {"step": self.step, **self.running, **check(self.teacher, self.average, self.held_out, self.loss)}
        append_row(self.out / "curves.csv", row)
        return row

    def save(self):
        state = {"step": self.step, "student": self.student.state_dict(), "average": self.average.state_dict()}
        part = self.out / "checkpoint.part"
        torch.save({**state, "optimizers": [optimizer.state_dict() for optimizer in self.optimizers]}, part)
        part.replace(self.out / "checkpoint.pt")

    def resume(self, device):
        state = torch.load(self.out / "checkpoint.pt", map_location=device)
        self.student.load_state_dict(state["student"])
        self.average.load_state_dict(state["average"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            for group, old in zip(optimizer.param_groups, saved["param_groups"], strict=True):
                old["base"] = group["base"]  # of the rate asked for now
            optimizer.load_state_dict(saved)
        self.step = state["step"]
        self.crops.rng.seed(self.seed + self.step)


@click.command()
@click.argument("pictures", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("googlenet", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--steps", default=3600, show_default=True)
@click.option("--batch", default=8, show_default=True)
@click.option("--size", default=128, show_default=True, help="Side of the crops.")
@click.option("--rate", default=0.0025, show_default=True, help="Relative step size, falls to 0 along a cosine.")
@click.option("--gradient-weight", default=6.0, show_default=True, help="Weight of 1 - cosine of the gradients.")
@click.option("--reuse", default=3, show_default=True, help="Training steps for each batch the teacher answers.")
@click.option("--init", "start", type=click.Choice(["teacher", "random"]), default="teacher", show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--device", default="cpu", show_default=True)
@click.option("--every", default=300, show_default=True, help="Steps between checks and checkpoints.")
@click.option("--apart", default=30, show_default=True, help="Pictures kept out of training, for the checks.")
def main(pictures, googlenet, out, steps, gradient_weight, reuse, every, **options):
    """Train dreamlet on PICTURES with the teacher GOOGLENET; write everything to OUT."""
    out.mkdir(parents=True, exist_ok=True)
    training = Training(pictures, googlenet, out, **options)
    began = time.perf_counter()
    while True:
        if (
            training.step == 0
            or training.step > training.first
            and (training.step % every == 0 or training.step == steps)
        ):
            speed = (time.perf_counter() - began) / max(training.step - training.first, 1)
            row = training.report()
            training.save()
            click.echo(f"{speed:.3f} s/step " + " ".join(f"{name} {value:.4g}" for name, value in row.items()))
        if training.step >= steps:
            break
        training.advance(steps, gradient_weight, reuse)
    export(training.average, out)
    plot(out / "curves.csv", out / "curves.png")


def split(pictures, apart):
    """Return the pictures kept apart (the same in every run) and those to train on."""
    files = sorted(p for p in pictures.iterdir() if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    held_out = set(random.Random(2015).sample(files, apart))
    return sorted(held_out), [p for p in files if p not in held_out]


def append_row(path, row):
    names = ["step", "train_cosine", *(f"train_r2_{end}" for end in ENDS)]
    names += [f"{name}_{end}" for end in ENDS for name in ("r2", "cosine", "transfer")]
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, names)
        if new:
            writer.writeheader()
        writer.writerow({k: f"{v:.4g}" for k, v in row.items()})


def plot(curves, png, size=(640, 300), margin=40):
    """Draw the columns of curves.csv that were measured on the pictures kept apart, 0 to 1 over the steps."""
    with curves.open() as file:
        rows = list(csv.DictReader(file))
    colours = {"r2": "#2a6fbb", "cosine": "#c0392b", "transfer": "#2e8b57"}
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    (width, height), last = (n - 2 * margin for n in size), max(int(rows[-1]["step"]), 1)
    for tenth in range(0, 11, 2):
        y = margin + height * (1 - tenth / 10)
        draw.line([(margin, y), (margin + width, y)], "#dddddd")
        draw.text((12, y - 6), f"{tenth / 10:.1f}", "black")
    draw.text((margin, size[1] - 30), f"0 to {last} steps; thin: {ENDS[0]}, thick: {ENDS[1]}", "black")
    for n, (name, colour) in enumerate(colours.items()):
        draw.text((margin + 70 * n, 12), name, colour)
        for end in ENDS:
            points = [(int(row["step"]) / last, float(row[f"{name}_{end}"])) for row in rows]
            points = [(margin + x * width, margin + height * (1 - max(y, 0))) for x, y in points]
            draw.line(points, colour, 1 if end == ENDS[0] else 2)
    image.save(png, optimize=True)


if __name__ == "__main__":
    main()
