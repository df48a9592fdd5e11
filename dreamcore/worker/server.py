"""Answer messages with the help of an engine: pictures in, frames out, one request at a time, newest preview first."""

from __future__ import annotations

import os
import queue
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from dreamcore.console import echo
from dreamcore.errors import DreamError, nearest
from dreamcore.worker.pixels import blank, to_dream, to_rgba, to_travel, to_weight
from dreamcore.worker.requests import PAUSE, Cancelled, Request, Unheard
from gimp_plugin import protocol  # type: ignore[attr-defined]  # in a folder that is no package, see there

LONGEST = 384  # pixels of a side of a look at the whole
LOOKS = ("preview", "part", "thumbnails", "atlas")
OVERTAKEN_BY: dict[Any, tuple[str, ...]] = {  # looks that end when a newer one is asked for
    **dict.fromkeys(LOOKS, (*LOOKS, "dream")),
    "foretell": ("foretell", "animation"),
}
AT_ONCE = ("cancel", "pause", "resume")  # requests that do not wait for those before them, and have no answer
SHORT = ("hello", "models", "recipes", "recipe")  # requests that are answered though the input has ended meanwhile
PATIENCE = 5.0  # seconds for that
WORDS = ("vocabulary", "terms")  # that do not wait either: somebody types, and looks at a preview meanwhile


class Server:
    """Read messages until they end, and write the answers. docs/worker.md describes both.

    Parameters
    ----------
    engine : Engine
        Or another with its methods.
    kept : KeptPictures
        Or another with its methods.
    source, sink : file
        Of bytes.

    Attributes
    ----------
    exit_code : int
        0 unless what came was no message, or half of one, or what was answered could not be written.
    """

    def __init__(self, engine: Any, kept: Any, source: BinaryIO, sink: BinaryIO) -> None:
        self.engine, self.kept, self.source, self.sink = engine, kept, source, sink
        self.exit_code = 0
        self.requests: queue.Queue[Request | None] = queue.Queue()
        self.open: list[Request] = []
        self.speaking, self.is_done = threading.Lock(), threading.Event()

    def serve(self, at_end: Callable[[], Any] = lambda: None) -> None:
        """Work until ``bye`` or the end of the input; then short questions are answered, and `at_end` is called."""
        threading.Thread(target=self._listen, args=(at_end,), daemon=True).start()
        try:
            while (request := self.requests.get()) is not None and request.do != "bye":
                self._work(request)
                self.open.remove(request)
        except Unheard as error:
            self._fail(f"answers cannot be written: {error}")
        self.is_done.set()

    def _listen(self, at_end: Callable[[], Any]) -> None:
        try:
            while (received := protocol.read(self.source)) is not None:
                request = Request(*received)
                self._drop(request)
                if request.do in ("pause", "resume"):
                    self._hold(request.do == "pause")
                if request.do in WORDS:
                    self._work(request)
                elif request.do not in AT_ONCE:
                    self.open.append(request)
                    self.requests.put(request)
        except Exception as error:  # whatever comes, the worker ends when nobody can be understood any more
            self._fail(str(error))
        short = [request for request in list(self.open) if request.do in SHORT]
        for request in list(self.open):
            if request not in short:
                request.is_unwanted.set()
        self.requests.put(None)
        if short:
            self.is_done.wait(PATIENCE)
        at_end()

    def _fail(self, reason: str) -> None:
        self.exit_code = 1
        echo(f"error: {reason}", err=True)

    def _drop(self, new: Request) -> None:
        for request in list(self.open):
            is_named = new.do == "cancel" and new.message.get("job") in (None, request.id)
            if is_named or new.do in OVERTAKEN_BY.get(request.do, ()):
                request.is_unwanted.set()

    def _hold(self, is_pause: bool) -> None:
        for request in list(self.open):
            (request.may_go_on.clear if is_pause else request.may_go_on.set)()

    def _work(self, request: Request) -> None:
        try:
            request.check()
            answer = getattr(self, f"_do_{request.do}", None)
            if answer is None:
                allowed = [name[4:] for name in dir(self) if name.startswith("_do_")]
                raise DreamError(f"no such request: {request.do!r}{nearest(str(request.do), allowed)}")
            answer(request)
        except Cancelled:
            self._say(request, "cancelled")
        except Unheard:
            raise
        except Exception as error:
            if not isinstance(error, DreamError):
                echo(traceback.format_exc(), err=True, nl=False)
            wrong = {name: sentence(DreamError(said)) for name, said in getattr(error, "parameters", {}).items()}
            self._say(request, "error", message=sentence(error), **({"wrong": wrong} if request.do == "check" else {}))

    def _say(self, request: Request, say: str, data: Any = b"", **message: Any) -> None:
        with self.speaking:
            try:
                protocol.write(self.sink, {"say": say, "id": request.id, **message}, data)
            except OSError as error:
                raise Unheard(error.strerror or error) from error

    def _do_hello(self, request: Request) -> None:
        self._say(request, "hello", protocol=protocol.VERSION, **self.engine.hello())

    def _do_models(self, request: Request) -> None:
        self._say(request, "models", models=self.engine.models())

    def _do_layers(self, request: Request) -> None:
        self._say(request, "layers", **self.engine.layers(request.field("model", "")))

    def _do_recipes(self, request: Request) -> None:
        self._say(request, "recipes", recipes=self.engine.recipes())

    def _do_recipe(self, request: Request) -> None:
        self._say(request, "recipe", recipe=self.engine.recipe(request.field("recipe", "")))

    def _do_save(self, request: Request) -> None:
        words = request.field("path", ""), request.field("about", "")
        self._say(request, "saved", **self.engine.save(*request.recipe, *words))

    def _do_breed(self, request: Request) -> None:
        chance = request.field("seed", 0), request.field("spread", 0.3)
        self._say(request, "recipe", recipe=self.engine.breed(*request.recipe, *chance))

    def _do_vocabulary(self, request: Request) -> None:
        self._say(request, "vocabulary", **self.engine.vocabulary())

    def _do_terms(self, request: Request) -> None:
        kind, text, terms = request.field("kind", ""), request.field("text", ""), request.field("terms", [])
        self._say(request, "terms", **(self.engine.read(kind, text) if text else self.engine.write(kind, terms)))

    def _do_load(self, request: Request) -> None:
        self.engine.load(request.field("model", ""))
        self._say(request, "loaded")

    def _do_atlas(self, request: Request) -> None:
        source, sent = request.pictures()["picture"], 0
        previews = self.engine.atlas(to_dream(source), request.field("model", ""), request.field("layer", ""))
        for sent, preview in enumerate(previews, 1):
            self._send_frame(request, sent - 1, to_travel(preview.pixels, source))
            self._say(request, "layer", number=sent - 1, layer=str(preview.objective), label=preview.label)
        self._say(request, "done", frames=sent)

    def _do_check(self, request: Request) -> None:
        pictures = {role: blank(width, height) for role, (width, height, _) in request.shapes().items()}
        if "mask" in pictures:
            pictures["mask"] = pictures["mask"][..., 0]
        asked = {name: request.field(name, False) for name in ("seconds", "follows")}
        needs = self.engine.check(**pictures, **asked, **request.job_fields)
        self._say(request, "checked", **needs)

    def _do_preview(self, request: Request) -> None:
        # In the precision that is the fastest here; what stays is computed as the user likes it.
        small = {"size": request.pair("whole"), "longest": request.field("longest", LONGEST)}
        self._do_dream(request, precision="auto", small=small if small["size"] else None)

    def _do_part(self, request: Request) -> None:
        pictures = request.pictures()
        corner, size = request.pair("corner", 0), request.pair("whole")
        if "part" not in pictures or corner is None or size is None:
            raise DreamError("a part needs its own picture, its corner and the size of the whole")
        source, more = pictures["part"], _told(pictures)
        if "part mask" in pictures:
            more["part_mask"] = to_weight(pictures["part mask"])
        told = {"precision": "auto", "progress": self._progress(request), **more, **request.job_fields}
        told["longest"] = request.field("longest", LONGEST)
        made = self.engine.part(to_dream(pictures["picture"]), to_dream(source)[..., :3], corner, size, **told)
        self._send_frame(request, 0, to_travel(made, source))
        self._say(request, "done", frames=1)

    def _do_thumbnails(self, request: Request) -> None:
        pictures, sent = request.pictures(), 0
        told = {"precision": "auto", "progress": self._progress(request), **_told(pictures), **request.job_fields}
        source, names = pictures["picture"], request.field("recipes", [])
        for sent, (name, pixels) in enumerate(self.engine.thumbnails(to_dream(source), names, **told), 1):
            self._send_frame(request, sent - 1, to_travel(pixels, source))
            self._say(request, "thumbnail", number=sent - 1, recipe=name)
        self._say(request, "done", frames=sent)

    def _do_dream(self, request: Request, precision: str | None = None, small: Any = None) -> None:
        pictures, sent, began = request.pictures(), 0, time.monotonic()
        source, more = pictures["picture"], _told(pictures)
        dreamed, share = 0, 0.0

        def position(part: float) -> float:  # in frames that are sent, of which not all are dreamed
            nonlocal dreamed
            place = (dreamed + part) * share
            dreamed += part == 1
            return place

        told = {"progress": self._progress(request, position), "precision": precision, **more, **request.job_fields}
        folder = request.field("folder", "")
        ask = partial(self.engine.frames, follows=request.field("follows", False))
        if folder:
            ask = partial(self.engine.files, folder=folder)
        if small:
            ask = partial(self.engine.small_frames, **small)
        job, frames = ask(to_dream(source), **told)
        there = 0 if job.state is None else 1  # the picture itself, which the client has
        delays = job.delays[there:]
        share = len(delays) / (job.dreams - there)
        width, height = job.picture.size
        shown = {"width": width, "height": height, "between": job.recipe.sequence.between}
        self._say(request, "started", frames=len(delays), delays=delays, **shown)
        files = []
        for sent, frame in enumerate(islice(frames, there, None), 1):
            if folder:
                files.append(frame)
            else:
                pixels = to_rgba(frame, job.picture.alpha) if small else to_travel(frame, source)
                self._send_frame(request, sent - 1, pixels)
            self._say(request, "frame", number=sent - 1, seconds=time.monotonic() - began)
        if folder:
            self.kept.of_files(files, delays, Path(folder) / f"{Path(folder).resolve().name}.gif", job.timing)
        self._say(request, "done", frames=sent)

    def _progress(
        self, request: Request, position: Callable[[float], float] = lambda part: part
    ) -> Callable[[int, int], None]:
        """Make a function that is told (steps done, steps in all), tells the client, and raises when it left."""
        last = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal last
            request.check()
            frames = position(done / total)
            if time.monotonic() - last > PAUSE:
                last = time.monotonic()
                self._say(request, "progress", frames=frames)

        return progress

    def _send_frame(self, request: Request, number: int, pixels: np.ndarray) -> None:
        rows = max(1, protocol.STRIP // pixels[0].nbytes)
        for y in range(0, len(pixels), rows):
            request.check()
            strip = np.ascontiguousarray(pixels[y : y + rows])
            self._say(request, "strip", strip, number=number, y=y, rows=len(strip))

    def _do_keep(self, request: Request) -> None:
        pixels = request.pictures()["picture"]
        if pixels.shape[-1] != 4 or pixels.dtype != np.uint8:
            raise DreamError("a picture of an animation comes as RGBA u8")
        self.kept.keep(request.field("number", 0), pixels, request.message.get("delay"))
        self._say(request, "kept")

    def _do_check_animation(self, request: Request) -> None:
        self.kept.check(request.field("path", ""), request.field("frames", 1), request.field("parameters", {}))
        self._say(request, "checked")

    def _do_foretell(self, request: Request) -> None:
        told = request.field("path", ""), request.field("parameters", {}), self._progress(request)
        look = self.kept.look(*told)
        height, width, _ = look.frames[0].shape
        self._say(request, "playing", frames=len(look.frames), delays=look.delays, width=width, height=height)
        for number, frame in enumerate(look.frames):
            self._send_frame(request, number, frame)
        self._say(request, "foretold", **self.kept.foretell(*told))

    def _do_animation(self, request: Request) -> None:
        progress = self._progress(request)
        made = self.kept.animate(request.field("path", ""), request.field("parameters", {}), progress)
        self._say(request, "animation", **made)


def _told(pictures: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return the mask and the guide among pictures that came, as an engine takes them."""
    told = {"mask": to_weight(pictures["mask"])} if "mask" in pictures else {}
    return {**told, "guide": to_dream(pictures["guide"])} if "guide" in pictures else told


def sentence(error: Exception) -> str:
    """Return one line a user can act on for any exception; a place that it points at is marked in its text.

    Examples
    --------
    >>> from dreamcore.transforms import parse
    >>> try:
    ...     parse("chain(zom(0.02))")
    ... except DreamError as error:
    ...     sentence(error)
    'unknown transform "zom" (did you mean "zoom"?): chain(▸zom(0.02))'
    """
    text = str(error).strip()
    if isinstance(error, MemoryError) or "not enough memory" in text or "out of memory" in text.lower():
        return "There is not enough memory for a picture this large: make it smaller, or dream a part of it."
    first, *pointed = text.splitlines() or ["no reason"]
    if not isinstance(error, DreamError):
        return f"The dream stopped unexpectedly ({type(error).__name__}: {first})."
    if len(pointed) != 2 or pointed[1].strip() != "^":
        return " ".join(map(str.strip, [first, *pointed]))
    line, at = pointed[0], pointed[1].index("^")
    return f"{first}: {line[:at].lstrip()}▸{line[at:]}"


def main(engine: Any, kept: Any) -> None:
    """Serve over this process's standard input and output, which from now on belong to the messages alone."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)

    leaving = threading.Lock()  # both threads come here when the input ends

    def leave() -> None:
        with leaving:
            kept.close()
            os._exit(server.exit_code)

    server = Server(engine, kept, source, sink)
    server.serve(at_end=leave)
    leave()
