"""A job: what is dreamed. Every door asks for one, here alone it is put together and checked."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

import dreamcore
from dreamcore.errors import DreamError, NotAllowed
from dreamcore.grammar.schedules import Keyframes, value_at
from dreamcore.parameters import Sequence
from dreamcore.pictures import Picture, as_picture, digest, read_mask, to_bytes
from dreamcore.sequence.changing import check_frames
from dreamcore.sequence.clips import Clips, firsts, for_clip
from dreamcore.sequence.closing import closed
from dreamcore.sequence.hearing import hear
from dreamcore.sequence.naming import FIRST, each_objective, looks_back, transform_files
from dreamcore.sequence.recipe import Recipe, load_recipe
from dreamcore.sequence.values import at_frame, differences, plain
from dreamcore.text import short

if TYPE_CHECKING:
    from dreamcore.network import Network
    from dreamcore.sequence.resuming import State

FAR_FRAME = 10**9
_OF_LOADING = {"order": "channels"}  # what a network's colours are called by who loads it
_OF_SEQUENCES = ("between", "loop", "start", "blend_in")


@dataclass(frozen=True, eq=False)
class Job:
    """What is dreamed; equal to another that makes the same frames. `make_job` makes one.

    Attributes
    ----------
    picture : Picture
        What the dream begins with.
    network : Network
    recipe : Recipe
        All parameters, with layers that the network has.
    objective : Objective or Schedule
        What is maximised, its pictures read.
    mask : (H, W) ndarray or None
        0..1: where the dream may happen.
    first : int
        Number of the first frame. The picture is dreamed as it is for it, with the random numbers of that frame.
    mixed : tuple of Picture
        What the transform brings in.
    clips : Clips
        What moves: of the picture, the mask and the guide above, which are then the first of many.
    state : State, optional
        Where another run stood, from which this one goes on: its last frame is the first of this one.
    stand_in : callable, optional
        Called in the place of `dreamcore.dream`, for a look at all else.
    """

    picture: Picture
    network: Network
    recipe: Recipe
    objective: Any
    mask: np.ndarray | None = None
    first: int = 0
    mixed: tuple[Picture, ...] = ()
    clips: Clips = Clips()
    state: State | None = None
    stand_in: Callable[..., np.ndarray] | None = None

    @property
    def numbers(self) -> range:
        """The numbers of its frames, without those in between."""
        return range(self.first, self.first + self.recipe.sequence.frames)

    @property
    def warm_up(self) -> int:
        """How many frames are dreamed before the first one: those of the lap that a loop leads back to."""
        return len(self.numbers) if self.recipe.sequence.loop else 0

    @property
    def dreams(self) -> int:
        """How many frames are dreamed in all."""
        return self.warm_up + len(self.numbers)

    @property
    def delays(self) -> list[float]:
        """The centiseconds that each frame is shown, those in between among them."""
        return delays_of(self.recipe, self.numbers)

    @property
    def timing(self) -> dict[str, Any]:
        """How the frames are played, as `wand_tools.make_animation` has it, all but the delay."""
        timing = self.recipe.timing.values()
        del timing["delay"]
        return {**timing, "cross_fade": timing["cross_fade"] * (self.recipe.sequence.between + 1)}

    def at(self, number: int) -> dict[str, Any]:
        """Return what `dreamcore.dream` is told for one frame, all but the picture and the network."""
        parameters = at_frame(self.recipe.dream, number)
        parameters["layer"] = value_at(self.objective, number).at(number)
        begin, blend_in = 0 if self.state else self.first, self.recipe.sequence.blend_in
        dreamed = number - begin - self.recipe.sequence.start
        if number >= begin and dreamed < blend_in:  # what came before was as it is after it
            parameters["strength"] *= (dreamed + 1) / (blend_in + 1)
        return {**parameters, "mask": self.mask, "seed": (self.recipe.sequence.seed, number)}

    def told(self, number: int) -> dict[str, Any]:
        """Return the same as `at`, with that frame of a mask and a guide that move."""
        told, (_, mask, guide) = self.at(number), self.clips
        if mask is not None:
            told["mask"] = _mask_of(mask.picture(number), self.picture)
        if guide is not None:
            told["layer"] = told["layer"].with_picture(guide.name, guide.picture(number))
        return told

    def alpha(self, number: int) -> np.ndarray | None:
        """Return the alpha of a frame, (H, W); None for an opaque one."""
        source = self.clips.source
        return self.picture.alpha if source is None else source.picture(number).alpha

    @property
    def is_followed(self) -> bool:
        """Whether what the last dream left is carried along with what moves."""
        return self.clips.source is not None and self.recipe.video.follow > 0

    @property
    def stands_alone(self) -> bool:
        """Whether no frame depends on another: those of a clip that is not followed."""
        is_moved = self.clips.source is not None and not self.is_followed
        return is_moved and not looks_back(self.recipe.sequence.transform)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures that it needs besides its own: of the objective, then of the transform."""
        return (*_pictures(self.objective), *self.mixed)

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that decides the frames' pixels, as JSON can hold it."""
        sequence, network = self.recipe.sequence, self.network
        return {
            "picture": {"size": list(self.picture.size), "sha256": self.picture.digest},
            "model": {"name": network.name, "sha256": network.sha256},
            "architecture": network.architecture,
            "colours": {**asdict(network.colours), "mean": [*network.colours.mean]},
            "precision": network.precision,
            "seed": sequence.seed,
            "parameters": plain(self.recipe.dream),
            "transform": str(sequence.transform),
            "loop": len(self.numbers) if sequence.loop else None,
            "start": sequence.start or None,
            "blend_in": sequence.blend_in or None,
            "renew": sequence.renew or None,
            "from": _facts(self.state) if self.state else None,
            "guide": sequence.guide or None,
            "pictures": {each.name or str(each): each.digest for each in self.pictures},
            "mask": None if self.mask is None else digest(self.mask),
            "sound": dict(self.recipe.heard.facts) if self.recipe.heard else None,
            **({"clips": self.clips.digests} if any(self.clips) else {}),
            **({"video": plain(self.recipe.video)} if self.clips.source else {}),
        }

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Job):
            return NotImplemented
        return (self.settings, self.numbers, self.recipe) == (other.settings, other.numbers, other.recipe)

    __hash__ = None  # type: ignore[assignment]  # its settings are a dict

    def notes(self, number: int | None = None) -> dict[str, Any]:
        """Return what a written frame says about itself, or without a number what all of them together do."""
        names = {"sound_file": self.recipe.sequence.sound, "bpm": self.recipe.sequence.bpm}
        named = {name: value for name, value in {**names, "said": [*self.network.said]}.items() if value}
        made = {"program": f"dreamcore {dreamcore.__version__}", **self.settings, **named}
        if number is not None:
            return {**made, "frame": number}
        sequence, played = self.recipe.sequence, differences(self.recipe.timing)
        heard = {"heard": self.recipe.heard.plain()} if self.recipe.heard else {}
        return {**made, "frames": sequence.frames, "between": sequence.between, "animation": played, **heard}


def delays_of(recipe: Recipe, numbers: range) -> list[float]:
    """Return the centiseconds that each frame of some numbers is shown, those in between among them.

    Examples
    --------
    >>> delays_of(Recipe().changed(delay=8, between=1), range(3))
    [4.0, 4.0, 4.0, 4.0, 4.0]
    """
    between, delay = recipe.sequence.between, recipe.timing.delay
    delays = [value_at(delay, number) / (between + 1) for number in numbers for _ in range(between + 1)]
    return delays if recipe.sequence.loop or not between else delays[:-between]


def make_job(
    picture: Any,
    network: Network | str | os.PathLike | None = None,
    recipe: Recipe | str | os.PathLike | None = None,
    *,
    mask: Any = None,
    first: int = 0,
    state: State | None = None,
    colours: Mapping[str, Any] | None = None,
    load: Callable[..., Network] | None = None,
    **parameters: Any,
) -> Job:
    """Put a job together: a recipe, what is given in its place, a picture and a network; and check all of it.

    Parameters
    ----------
    picture : Picture, path, (H, W, 3) or (H, W, 4) ndarray, an image of Pillow or Wand, Clip, or None
        RGB or RGBA in 0..255; None for the picture that the recipe names. Of a clip all frames are dreamed, at their
        times and without a transform, where nothing else is asked for.
    network : Network or path, optional
        A network, or the name of a model; by default that of the recipe.
    recipe : Recipe, or its name or file, optional
    mask : path, Picture, (H, W) ndarray, an image of Pillow or Wand, or Clip, optional
        White, or 1, where the dream may happen.
    first : int
        Number of the first frame.
    state : State, optional
        Where another run stood (`dreamcore.sequence.state_at`): its last frame is the first of this one, and numbers,
        random ones too, go on. `picture` is then only what transforms and guides call the first picture.
    colours : dict, optional
        What is said of the network's ``mean``, ``scale`` and ``order`` where it is loaded here, before the recipe's.
    load : callable, optional
        Makes a network of a model's name; `dreamcore.load_network` by default.
    **parameters
        Any of `dreamcore.parameters.PARAMETERS`, as values or texts, in place of the recipe's; None means not given.
        `guide` may also be a picture, or a Clip.

    Returns
    -------
    Job

    Raises
    ------
    DreamError
        For a parameter that is unknown or out of range, a file that is not there, a layer that the network does not
        have, a mask of another size, a loop that cannot close.

    Examples
    --------
    >>> from dreamcore.sky import draw_sky
    >>> job = make_job(draw_sky(64, 48), recipe="basic-zoom", layer="0:textures, 4:objects", frames=9)
    >>> job.at(5)["layer"], job.recipe.sequence.transform
    (objects, zoom(0.05))
    """
    first = state.done - 1 if state else first
    if not 0 <= first < FAR_FRAME:
        raise NotAllowed(f"first is {short(str(first))}; allowed: the number of a frame, from 0")
    clips, (picture, mask, parameters["guide"]) = firsts(picture, mask, parameters.get("guide"), first)
    recipe = recipe if isinstance(recipe, Recipe) else load_recipe(recipe) if recipe else Recipe()
    if picture is None and not recipe.picture:
        named_so = f"{recipe.name}: " if recipe.name else ""
        raise DreamError(f'{named_so}the recipe names no picture; write picture = "photo.jpg" into it, before [dream]')
    picture = as_picture(recipe.picture if picture is None else picture)
    if state is not None:
        _check_state(state, picture, clips)
    recipe = replace(recipe, picture="")  # the job has one of its own
    guide, named = parameters.get("guide"), {FIRST: picture}
    if guide is not None and not isinstance(guide, (str, os.PathLike)):
        guide = as_picture(guide)
        parameters["guide"] = guide.name or str(guide)
        named[parameters["guide"]] = guide
    if network is not None:
        parameters["model"] = os.fspath(network) if isinstance(network, (str, os.PathLike)) else network.name
    recipe = for_one_picture(recipe.changed(**parameters), parameters)
    if clips.source is not None:
        recipe = for_clip(recipe, clips.source, first, parameters)
    if state is not None and recipe.sequence.loop:
        raise DreamError("loop and a frame to go on from exclude each other: a loop has no beginning")
    recipe = closed(hear(recipe, first + recipe.sequence.frames), picture.size)
    if network is None or isinstance(network, (str, os.PathLike)):
        said = {**recipe.colours, **{name: value for name, value in (colours or {}).items() if value is not None}}
        told = {_OF_LOADING.get(name, name): value for name, value in said.items()}
        network = (load or dreamcore.load_network)(recipe.sequence.model, **told)
    recipe = replace(recipe, colours={name: getattr(network.colours, name) for name in network.said}, names_model=True)
    layer = each_objective(recipe.dream.layer, lambda each: each.on(network))
    recipe = replace(recipe, dream=replace(recipe.dream, layer=layer))
    check_frames(recipe, range(first, first + recipe.sequence.frames), network)
    objective, guided = layer, recipe.sequence.guide
    if guided:
        objective = each_objective(layer, lambda each: each.guided_by(guided))
    read = cache(lambda name: replace(named.get(name) or as_picture(name), name=name))
    objective = each_objective(objective, lambda each: each.with_pictures(read))
    mixed = tuple(map(read, transform_files(recipe.sequence.transform)))
    return Job(picture, network, recipe, objective, _mask_of(mask, picture), first, mixed, clips, state)


def _check_state(state: State, picture: Picture, clips: Clips) -> None:
    if clips.source is not None:
        raise DreamError("a clip begins with its own frames: it cannot go on from a frame of another run")
    if state.frame.shape != picture.rgb.shape:
        height, width = state.frame.shape[:2]
        wanted = "x".join(map(str, picture.size))
        raise DreamError(f"the frame to go on from has {width}x{height} pixels, the picture {wanted}")


def _facts(state: State) -> dict[str, Any]:
    """Return what tells a state from another, the same for a lossless and a rounded one."""
    return {"frame": state.done - 1, "sha256": digest(to_bytes(state.frame))}


def for_one_picture(recipe: Recipe, asked: Mapping[str, Any]) -> Recipe:
    """Return the recipe for what is asked: of one frame alone, nothing that only a recipe says of a sequence."""
    if asked.get("frames") is None or recipe.sequence.frames > 1:
        return recipe
    rows = Sequence.parameters()
    return recipe.changed(**{name: rows[name].default for name in _OF_SEQUENCES if asked.get(name) is None})


def _mask_of(mask: Any, picture: Picture) -> np.ndarray | None:
    if mask is None:
        return None
    weight = read_mask(mask, picture.size)
    if weight.shape != picture.rgb.shape[:2]:
        wanted = picture.rgb.shape[:2]
        raise DreamError(f"the mask has shape {weight.shape}, the picture {wanted}; they must be the same")
    return weight


def _pictures(objective: Any) -> list[Picture]:
    objectives = objective.values() if isinstance(objective, Keyframes) else (objective,)
    return [picture for each in objectives for picture in each.pictures()]
