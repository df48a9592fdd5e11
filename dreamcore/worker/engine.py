"""What the worker can do: the job behind every door in the shape of questions and answers."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import dreamcore
from dreamcore.errors import DreamError
from dreamcore.models import zoo
from dreamcore.parameters import DEFAULT_MODEL, PARAMETERS
from dreamcore.pictures import as_picture
from dreamcore.sequence.recipe import Recipe, load_recipe
from dreamcore.text import read_size
from dreamcore.worker import recipes, terms
from dreamcore.worker.arriving import Arriving
from dreamcore.worker.thumbnails import dream_each

if TYPE_CHECKING:
    from dreamcore.network import Network
    from dreamcore.previews import Preview
    from dreamcore.sequence import Job


class Wrong(DreamError):
    """What is asked for cannot be; ``parameters`` has those that are not allowed by themselves, and why."""

    def __init__(self, error: DreamError, parameters: Mapping[str, str]) -> None:
        super().__init__(str(error))
        self.parameters = parameters


_FEW = 4  # channels that are dreamed at a time, so that somebody who waits sees them come
_SIDE = 128  # pixels of the picture on which a child must be possible


class Engine:
    """Dreams for a client. Networks are loaded when first needed; the last one is kept, in each precision asked for.

    Parameters
    ----------
    read_defaults : callable, optional
        Returns what the user usually dreams with, as `dreamcore.defaults.read_defaults`.
    """

    def __init__(self, read_defaults: Callable[[], Mapping[str, str]] = dict) -> None:
        self._read_defaults = read_defaults
        self._networks: dict[str, Network] = {}
        self._arriving = Arriving()
        self._paces: dict[Any, Any] = {}  # of the network that is kept: each is measured once
        self._model: tuple[str, dict[str, Any]] = "", {}  # and what is said of its colours

    @cached_property
    def _usual(self) -> Mapping[str, str]:
        """What the user usually dreams with; an error of it answers what is asked first."""
        return self._read_defaults()

    @property
    def _model_name(self) -> str:
        return self._usual.get("model", DEFAULT_MODEL)

    def hello(self) -> dict[str, Any]:
        """Return versions, and what every parameter is that neither a recipe nor the client says."""
        versions = {"dreamcore": dreamcore.__version__, "python": platform.python_version()}
        return {**versions, "defaults": self._recipe("").values()}

    def models(self) -> list[dict[str, str]]:
        """Return the models on the search path."""
        return [{"name": name, "folder": str(folder)} for name, folder in zoo.installed().items()]

    def layers(self, model: str) -> dict[str, Any]:
        """Return the blobs and the roles of a model."""
        network = self._network(model or self._model_name)
        return {"model": network.name, "layers": list(network.blobs[1:]), "roles": dict(network.roles)}

    def recipes(self) -> list[dict[str, Any]]:
        """Return the recipes that can be read."""
        return recipes.all_recipes(self._recipe)

    def recipe(self, name: str) -> dict[str, Any]:
        """Return one recipe, by its name or of a file."""
        return recipes.one_recipe(name, self._recipe)

    def save(self, name: str, parameters: Mapping[str, Any], path: str, about: str) -> dict[str, str]:
        """Save a recipe, with parameters in place of its own."""
        return recipes.save(self._recipe(name), parameters, path, about)

    def breed(self, name: str, parameters: Mapping[str, Any], seed: int, spread: float) -> dict[str, Any]:
        """Return a child of a recipe that this machine can dream."""
        from dreamcore.sequence import make_job

        picture = np.zeros((_SIDE, _SIDE, 3), np.float32)
        check = partial(make_job, picture, None, load=self._network)
        return recipes.child(self._recipe(name), name, parameters, seed, spread, lambda each: check(recipe=each))

    vocabulary = staticmethod(terms.vocabulary)
    read = staticmethod(terms.read)
    write = staticmethod(terms.write)

    def atlas(self, picture: np.ndarray, model: str, layer: str) -> Iterator[Preview]:
        """Return small dreams of each layer, or of the channels of one, of the size of the picture, (H, W, 3)."""
        from dreamcore.previews import atlas

        network = self._network(model or self._model_name, "auto")
        return atlas(picture, network, layer=layer or None, size=max(picture.shape[:2]), batch=_FEW)

    def load(self, model: str) -> None:
        """Load a network, so that the first preview need not wait for it."""
        self._network(model or self._model_name, "auto")

    def check(
        self, picture: np.ndarray, *, seconds: bool = False, follows: bool = False, **fields: Any
    ) -> dict[str, Any]:
        """Return what a dream would take; of its pictures only the sizes matter.

        Parameters
        ----------
        picture : (H, W, 3) ndarray
        seconds : bool
            Whether to measure the time as well, which itself takes some.
        follows : bool
        **fields
            As for `frames`.

        Raises
        ------
        Wrong
            When something asked for is not allowed.
        DreamError
            When it does not fit into the memory or the disk.
        """
        from dreamcore.sequence import foretell, plan_job
        from dreamcore.sequence.flow import opencv

        try:
            job = self._job(picture, **fields)
        except DreamError as error:
            raise Wrong(error, self._wrong(picture, **fields)) from None
        if follows and job.recipe.video.follow:
            opencv()  # which may be missing
        plan = plan_job(job, self._memory)
        plan = foretell(job, plan, self._paces) if seconds else plan
        return {"memory": plan.memory, **({"seconds": plan.seconds} if seconds else {})}

    def frames(
        self, picture: np.ndarray, *, progress: Callable[[int, int], Any], follows: bool = False, **fields: Any
    ) -> tuple[Job, Iterator[np.ndarray]]:
        """Return a job and its frames.

        Parameters
        ----------
        picture : (H, W, 3) ndarray
        progress : callable
            Called with (steps done, steps in all) of the frame in work; what it raises ends the dream.
        follows : bool
            Whether the picture is one frame of a clip, after the one that this was asked of before.
        **fields
            ``parameters``, ``recipe``, ``first``, ``after``, ``mask``, ``guide`` and ``precision``. After a frame, the
            picture is that frame, and the first of those that come.
        """
        from dreamcore.sequence import plan_job, run

        clip = self._arriving.clip(picture, fields.get("first", 0)) if follows else None
        job = self._job(picture if clip is None else clip, **fields)
        last = None if clip is None else self._arriving.dream
        frames = run(job, plan_job(job, self._memory), last=last, progress=progress)
        return job, self._noted(picture, frames) if follows else frames

    def _noted(self, picture: np.ndarray, frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for frame in frames:
            self._arriving.note(picture, frame)
            yield frame

    def small_frames(
        self,
        picture: np.ndarray,
        size: tuple[int, int],
        longest: int,
        *,
        progress: Callable[[int, int], Any],
        **fields: Any,
    ) -> tuple[Job, Iterator[np.ndarray]]:
        """Return a job of the same frames in the small, with forms as large beside the picture, and its frames.

        Parameters
        ----------
        size : (int, int)
            Height and width of the picture that will be dreamed; `picture` may be smaller.
        longest : int
            Most pixels of a side.
        picture, progress, **fields
            As for `frames`.
        """
        from dreamcore.sequence import plan_job, run
        from dreamcore.sequence.looking import small_job

        job = small_job(self._small(picture, size, longest, **fields), size)
        return job, run(job, plan_job(job, self._memory), progress=progress)

    def part(
        self,
        picture: np.ndarray,
        part: np.ndarray,
        corner: tuple[int, int],
        size: tuple[int, int],
        longest: int,
        *,
        part_mask: np.ndarray | None = None,
        progress: Callable[[int, int], Any],
        **fields: Any,
    ) -> np.ndarray:
        """Return a part of the first dream at full size, (h, w, 3).

        Parameters
        ----------
        part : (h, w, 3) ndarray
        corner : (int, int)
            Its first row and column.
        part_mask : (h, w) ndarray, optional
        picture, size, longest, progress, **fields
            As for `small_frames`; so much of the whole is dreamed for it.
        """
        from dreamcore.sequence.looking import dreamed_part

        job = self._small(picture, size, longest, **fields)
        return dreamed_part(job, part, corner, size, mask=part_mask, progress=progress)

    def thumbnails(
        self,
        picture: np.ndarray,
        names: Iterable[str],
        *,
        progress: Callable[[int, int], Any],
        parameters: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> Iterator[tuple[str, np.ndarray]]:
        """Yield the names of recipes, and what each makes of a small picture: (H, W, 3)."""

        def make(recipe: str, **own: Any) -> Job:
            return self._job(picture, recipe=recipe, parameters={**(parameters or {}), **own}, **fields)

        return dream_each(names, make, progress)

    def _small(self, picture: np.ndarray, size: tuple[int, int], longest: int, **fields: Any) -> Job:
        from dreamcore.sequence.looking import in_the_small

        small, mask = in_the_small(self._job(picture, **fields), size, longest)
        return self._job(small, **{**fields, "mask": mask})

    def files(
        self, picture: np.ndarray, folder: str, *, progress: Callable[[int, int], Any], **fields: Any
    ) -> tuple[Job, Iterator[Path]]:
        """Return a job and the files of its frames, those in between among them, in a frame directory.

        Parameters
        ----------
        folder : str
            Made where it is not there.
        picture, progress, **fields
            As for `frames`.
        """
        from dreamcore.sequence import plan_job, write_frames

        job = self._job(picture, **fields)
        return job, (path for _, path in write_frames(folder, job, plan=plan_job(job, self._memory), progress=progress))

    def _wrong(self, picture: np.ndarray, parameters: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, str]:
        """Return the parameters that are not allowed by themselves, each with what is said of it."""

        def said(names: Iterable[str]) -> str | None:
            try:
                self._job(picture, parameters={name: given[name] for name in names}, **fields)
            except DreamError as error:
                return str(error)
            return None

        given = dict(parameters or {})
        model, wrong, left = {"model"} & {*given}, {}, dict.fromkeys(given)
        while left and (error := said(left)) and error != said([]):
            name = next((name for name in left if said({*model, name}) == error), None)
            if name is None:
                break
            wrong[name] = error
            del left[name]
            model -= {name}
        return wrong

    def _job(
        self,
        picture: Any,
        *,
        parameters: Mapping[str, Any] | None = None,
        recipe: str | None = None,
        first: int = 0,
        after: int | None = None,
        mask: np.ndarray | None = None,
        guide: np.ndarray | None = None,
        precision: str | None = None,
    ) -> Job:
        from dreamcore.sequence import make_job
        from dreamcore.sequence.resuming import State
        from dreamcore.sequence.values import read_value

        values = {name: value for name, value in (parameters or {}).items() if value not in (None, "")}
        if guide is not None:
            values["guide"] = guide
        load = partial(self._network, precision=precision or self._usual.get("precision", "float32"))
        told = self._recipe(recipe or "")
        if after is None:
            return make_job(picture, None, told, mask=mask, first=first, load=load, **values)
        state = State(after + 1, as_picture(picture).rgb)
        frames = values.get("frames") or told.sequence.frames
        values.update(frames=read_value(PARAMETERS["frames"], frames) + 1, loop=False)
        return make_job(picture, None, told, mask=mask, state=state, load=load, **values)

    def _recipe(self, name: str) -> Recipe:
        """Return a recipe, or without a name the defaults, of the usual model where it asks for none."""
        return (load_recipe(name) if name else Recipe()).with_usual(self._usual.get("model"))

    @property
    def _memory(self) -> int | None:
        memory = self._usual.get("memory")
        return read_size(memory) if memory else None

    def _network(self, model: str, precision: str = "float32", **colours: Any) -> Network:
        from dreamcore.network.precision import find_precision

        if self._model != (model, colours):
            self._networks, self._paces, self._model = {}, {}, (model, colours)
        device = zoo.find_device(self._usual.get("device", "auto"))
        bits = str(find_precision(precision, device)).removeprefix("torch.")
        if bits not in self._networks:
            self._networks[bits] = zoo.load_network(model, device=str(device), precision=bits, **colours)
        return self._networks[bits]
