"""What the worker can do: the dreamcore API in the shape of questions and answers."""

import os
import platform
import tempfile
import zipfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

import dreamcore
from dreamcore.errors import DreamError, nearest
from dreamcore.models import zoo
from dreamcore.sequence.parameters import DREAM_PARAMETERS
from dreamcore.sequence.recipe import ANIMATION, Recipe, load_recipe, recipe_files

OTHERS = ("recipe", "model", "frames", "transform", "seed", "start")
BYTES_PER_PIXEL = 150  # of the copies of a picture that a dream needs; gradients are computed in tiles where they must


class Engine:
    """Dreams for a client. Networks are loaded when first needed; the last one is kept, in each precision asked for.

    ``animate(source, path, **parameters)`` makes an animation of a layer stack; it is given from outside.
    """

    def __init__(self, animate=None):
        self.make_animation = animate
        self.networks, self.loaded, self.scratch = {}, None, None
        self.kept = []

    def hello(self):
        """Return versions and what an empty parameter stands for when there is no recipe."""
        return {
            "dreamcore": dreamcore.__version__,
            "python": platform.python_version(),
            "model": zoo.DEFAULT_MODEL,
            "defaults": values_of(Recipe()),
        }

    def models(self):
        """Return the models on the search path."""
        return [{"name": name, "folder": str(folder)} for name, folder in zoo.installed().items()]

    def layers(self, model):
        """Return the blobs and roles of a model."""
        network = self._network(model)
        return {"model": network.name, "layers": list(network.blobs[1:]), "roles": dict(network.roles)}

    def recipes(self):
        """Return the recipes that can be read, with the values that they set."""
        found = []
        for name, path in recipe_files().items():
            try:
                recipe = load_recipe(path)
            except DreamError:
                continue  # `dreamcore recipes check` says what is wrong with it
            found.append({"name": name, "about": recipe.about, "values": values_of(recipe)})
        return found

    def load(self, parameters):
        """Load the network that ``parameters`` name, so that the first dream need not wait."""
        self._network(parameters.get("model"), "auto")

    def check(self, width, height, parameters):
        """Raise when one picture would not fit into memory, or the parameters are not right."""
        from dreamcore.large.memory import free_memory

        self._prepare(parameters)
        needed, free = width * height * BYTES_PER_PIXEL, free_memory()
        if needed > free:
            raise DreamError(
                f"A picture of {width}x{height} pixels needs about {needed / 1e9:.1f} GB of memory and "
                f"{free / 1e9:.1f} GB are free: select a part of it, or make the image smaller."
            )
        return {"memory": needed}

    def frames(self, picture, parameters, guide, check, progress, precision="float32"):
        """Return how many frames there will be and their delay, and an iterator over them, float32 RGB."""
        from dreamcore.ascent import guide_from, l2
        from dreamcore.sequence import dream_sequence

        recipe, network, dream, wanted = self._prepare(parameters, precision)
        transform, start = recipe.transform, wanted.get("start", 0)
        if start:  # a picture of its own: with the random numbers of this frame, and no transform before it

            def transform(frame, _context):
                return frame

        if guide is None and recipe.guide:
            from dreamcore.pictures import read_picture

            guide = picture if recipe.guide == "first" else read_picture(recipe.guide).rgb

        def step(done, total):
            check()
            progress(done / total)

        count = wanted.get("frames", recipe.frames)
        return {"frames": count, "delay": values_of(recipe)["delay"]}, dream_sequence(
            picture,
            network,
            frames=start + count,
            transform=transform,
            seed=wanted.get("seed", recipe.seed),
            start=start,
            last=picture if start else None,
            progress=step,
            objective=l2 if guide is None else guide_from(guide),
            **dream,
        )

    def keep(self, number, name, pixels):
        """Keep a picture for the animation in a private folder; number 0 begins a new one."""
        from dreamcore.pictures import write_picture

        if number == 0:
            self.kept, self.scratch = [], tempfile.TemporaryDirectory(prefix="dreamcore-")
        self.kept.append((Path(self.scratch.name) / f"{number}.png", name, pixels.shape))
        write_picture(self.kept[-1][0], pixels)

    def animate(self, path, parameters, check, progress):
        """Make an animation of the kept pictures, and return its size in bytes."""

        def step(done, total):
            check()
            progress(done / (total or len(self.kept)))

        stack = Path(self.scratch.name) / "layers.ora"
        write_stack(stack, self.kept)
        self.make_animation(stack, path, progress=step, **parameters)
        self.scratch.cleanup()
        return {"path": path, "size": os.path.getsize(path)}

    def _prepare(self, parameters, precision="float32"):
        """Return the recipe with what was given in its place, its network and dream parameters, and what was given."""
        from dataclasses import replace

        from dreamcore.transforms import parse

        given = {name: value for name, value in parameters.items() if value not in (None, "")}
        for name in given:
            if name not in DREAM_PARAMETERS and name not in OTHERS:
                raise DreamError(f"no parameter {name!r}{nearest(name, [*DREAM_PARAMETERS, *OTHERS])}")
        recipe = load_recipe(given["recipe"]) if "recipe" in given else Recipe()
        if "transform" in given:
            recipe = replace(recipe, transform=parse(given["transform"]))
        network = self._network(given.get("model"), precision)
        dream = {**recipe.dream_for(network), **{name: given[name] for name in DREAM_PARAMETERS if name in given}}
        return recipe, network, dream, given

    def _network(self, model, precision="float32"):
        from dreamcore.network.precision import find_precision

        model = model or zoo.DEFAULT_MODEL
        if self.loaded != model:
            self.networks, self.loaded = {}, model
        device = zoo.find_device("auto")
        bits = str(find_precision(precision, device)).removeprefix("torch.")
        if bits not in self.networks:
            self.networks[bits] = zoo.load_network(model, device=str(device), precision=bits)
        return self.networks[bits]


def values_of(recipe):
    """Return what a recipe sets, as plain values, completed with the defaults; the delay in milliseconds."""
    dream = {name: recipe.dream.get(name, row.default) for name, row in DREAM_PARAMETERS.items()}
    dream = {
        name: value if isinstance(value, (int, float)) else " ".join(value) if isinstance(value, tuple) else str(value)
        for name, value in dream.items()
    }
    delay = recipe.animation.get("delay", ANIMATION["delay"].default)
    return {
        **dream,
        "frames": recipe.frames,
        "seed": recipe.seed,
        "transform": str(recipe.transform),
        "delay": round(delay * 10),
        "plays": recipe.animation.get("plays", ANIMATION["plays"].default),
    }


def write_stack(path, pictures):
    """Write pictures, (file, name, shape) from the lowest up, as an OpenRaster file."""
    height, width = pictures[0][2][:2]
    layers = "".join(
        f"<layer name={quoteattr(name)} src={quoteattr(f'data/{file.name}')}/>" for file, name, _ in reversed(pictures)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr(
            "stack.xml",
            f'<?xml version="1.0" encoding="UTF-8"?>\n<image version="0.0.5" w="{width}" '
            f'h="{height}"><stack>{layers}</stack></image>',
        )
        for file, _, _ in pictures:
            archive.write(file, f"data/{file.name}")
