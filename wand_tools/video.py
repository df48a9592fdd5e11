"""Video files through PyAV, an optional extra: frames out of them, and animations as MP4 or WebM."""

import itertools
import os
from fractions import Fraction

import numpy as np

from wand_tools import magick
from wand_tools.errors import AnimationError
from wand_tools.palette import without_alpha
from wand_tools.sources import Sequential

_CODECS = {"mp4": "libx264", "webm": "libvpx-vp9"}
_RATE_FACTOR = {"mp4": {"normal": 20, "best": 14}, "webm": {"normal": 30, "best": 22}}
_CLOCK = Fraction(1, 90000)


def _av():
    try:
        import av
    except ImportError:
        raise AnimationError("videos need PyAV: pip install 'deep-dream-animator[video]'") from None
    return av


class Video(Sequential):
    """The pictures of a video's first video stream."""

    def __init__(self, path):
        super().__init__()
        self.path = path
        with self._opened() as container:
            stream = container.streams.video[0]
            self.size = stream.codec_context.width, stream.codec_context.height
            magick.check_size(*self.size, str(path))
            packets = [p for p in container.demux(stream) if p.pts is not None and not p.is_discard]
            times = sorted(packet.pts * stream.time_base for packet in packets)
            if not times:
                raise AnimationError(f"{path}: there is no picture in this video")
            steps = [after - before for before, after in itertools.pairwise(times)]
            end = max(packets, key=lambda packet: packet.pts).duration or 0
            self.durations = [*steps, end * stream.time_base or (steps[-1] if steps else Fraction(1, 25))]

    def _opened(self):
        av = _av()
        try:
            # only this file: no playlist may lead to another file or to the network
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

    def frames(self):
        av = _av()
        with self._opened() as container:
            last = None
            try:
                for frame in container.decode(video=0):
                    last = frame.to_ndarray(format="rgb24")
                    yield last
            except av.FFmpegError as error:
                raise AnimationError(f"{self.path}: the video is broken ({error})") from None
        if last is None:
            raise AnimationError(f"{self.path}: there is no picture in this video")
        while True:  # a packet that gave no picture of its own
            yield last


def write_video(file, assembly):
    """Write an MP4 or WebM; yield the bytes so far after each frame. Odd sides grow by a pixel."""
    av = _av()
    kind, quality = assembly.format, assembly.look.quality
    options = {"crf": str(_RATE_FACTOR[kind][quality])}
    options |= {"preset": "medium"} if kind == "mp4" else {"b": "0", "row-mt": "1", "cpu-used": "4"}
    container = av.open(file.name, "w", format=kind, options={"movflags": "faststart"} if kind == "mp4" else {})
    try:
        stream = container.add_stream(_CODECS[kind], options=options, rate=25)
    except (av.FFmpegError, ValueError) as error:
        raise AnimationError(f"this PyAV cannot write {kind} ({error})") from None
    stream.width, stream.height = (side + side % 2 for side in assembly.size)
    stream.pix_fmt, stream.time_base, stream.codec_context.time_base = "yuv420p", _CLOCK, _CLOCK
    elapsed = Fraction(0)
    lengths = {}
    for frame, duration in zip(assembly.frames(), assembly.durations(), strict=False):
        picture, _ = without_alpha(frame.read(), assembly.look.matte or (0, 0, 0))
        height, width = picture.shape[:2]
        picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        image = av.VideoFrame.from_ndarray(picture, format="rgb24")
        image.pts, image.time_base = int(elapsed / _CLOCK), _CLOCK
        lengths[image.pts] = int((elapsed + duration) / _CLOCK) - image.pts
        elapsed += duration
        _mux(container, stream.encode(image), lengths)
        yield os.path.getsize(file.name)
    _mux(container, stream.encode(), lengths)
    container.close()


def _mux(container, packets, lengths):
    for packet in packets:
        packet.duration = lengths.pop(packet.pts, packet.duration)
        container.mux(packet)
