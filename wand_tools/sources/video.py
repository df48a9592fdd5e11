"""Frames out of video files, through PyAV."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path
from typing import Any

from wand_tools import magick
from wand_tools.errors import AnimationError
from wand_tools.pixels import Pixels, fitted
from wand_tools.sources.base import HELD, Sequential


class Video(Sequential):
    """The pictures of a video's first video stream."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path
        with self._opened() as container:
            stream = container.streams.video[0]
            self.size = stream.codec_context.width, stream.codec_context.height
            magick.check_size(*self.size, str(path), held=HELD)
            packets = [p for p in container.demux(stream) if p.pts is not None and not p.is_discard]
            times = sorted(packet.pts * stream.time_base for packet in packets)
            if not times:
                raise AnimationError(f"{path}: there is no picture in this video")
            steps = [after - before for before, after in itertools.pairwise(times)]
            end = max(packets, key=lambda packet: packet.pts).duration or 0
            self.durations = [*steps, end * stream.time_base or (steps[-1] if steps else Fraction(1, 25))]

    def _opened(self) -> Any:
        import av  # an extra; the row in formats.py says what to install

        try:
            # no playlist may lead to another file or to the network
            container = av.open(
                str(self.path),
                options={"protocol_whitelist": "file", "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"},
            )
        except (av.FFmpegError, OSError) as error:
            raise AnimationError(f"{self.path}: PyAV cannot read it ({error})") from None
        if not container.streams.video:
            container.close()
            raise AnimationError(f"{self.path}: there is no picture in this video")
        return container

    def frames(self) -> Generator[Pixels]:
        import av

        with self._opened() as container:
            last = None
            try:
                for number, frame in enumerate(container.decode(video=0)):
                    name = f"{self.path}: frame {number}"
                    magick.check_size(frame.width, frame.height, name)  # a stream may change its size
                    last = fitted(frame.to_ndarray(format="rgb24"), self.size, fit=True, name=name)
                    yield last
            except av.FFmpegError as error:
                raise AnimationError(f"{self.path}: the video is broken ({error})") from None
        if last is None:
            raise AnimationError(f"{self.path}: there is no picture in this video")
        while True:  # for packets without a picture of their own
            yield last
