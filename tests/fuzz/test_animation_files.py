"""Damaged and wicked files for every reader of wand_tools: frames come out, or one clear error.

Seeds are made by the project's own writers; edits change bytes, sizes and the order of parts. A few inputs for each
reader run with the tests; `DREAMCORE_FUZZ_EXAMPLES` says how many more, which then are others each time.
"""

import io
import os
import resource
import struct
import tempfile
import warnings
import zipfile
import zlib
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dreamcore.errors import DreamError
from dreamcore.text import read_size
from tests.fuzz.examples import examples
from wand_tools import info, magick, make_animation
from wand_tools.cli import read_speed
from wand_tools.look import read_colour
from wand_tools.order import Arrangement, exact_number, read_durations
from wand_tools.sources.files import frames_in, matching, natural
from wand_tools.sources.opening import open_source

pytest.importorskip("wand.image", reason="the ImageMagick library is not installed", exc_type=ImportError)

DATA = Path(__file__).parent.parent / "data"
MOST_FRAMES = 20
MOST_MEMORY = 600 << 20  # bytes more than before, for pictures of at most 4 MB

fuzz = examples(40)


# -- seeds ------------------------------------------------------------------------------------------------------------


def frames(count=3, channels=3):
    return list(np.random.default_rng(5).integers(0, 256, (count, 6, 9, channels), dtype=np.uint8))


def animation(suffix, **options):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"a.{suffix}"
        make_animation(frames(**options), out, jobs=1, plays=2)
        return out.read_bytes()


def still(format, mode="RGB", **options):
    stream = io.BytesIO()
    Image.fromarray(frames()[0]).convert(mode).save(stream, format, **options)
    return stream.getvalue()


def tiff():
    pages = [Image.fromarray(frame) for frame in frames()]
    return still("TIFF", save_all=True, append_images=pages, tiffinfo={285: "back (70ms)", 286: 1.0, 287: 2.0})


def stack(layers):
    return f'<image w="9" h="6"><stack>{layers}</stack></image>'.encode()


LAYERS = stack('<layer name="a (70ms)" src="d/0.png" x="1" y="-2"/><stack opacity="0.5"><layer src="d/0.png"/></stack>')


def openraster(xml=LAYERS, picture=None, packed=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packed) as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", xml)
        archive.writestr("d/0.png", picture or still("PNG"))
    return stream.getvalue()


SEEDS = {
    "gif": lambda: animation("gif"),
    "gif with alpha": lambda: animation("gif", channels=4),
    "webp": lambda: animation("webp"),
    "still webp": lambda: still("WEBP"),
    "apng": lambda: animation("png"),
    "apng with alpha": lambda: animation("png", channels=4),
    "png": lambda: still("PNG"),
    "png with palette": lambda: still("PNG", "P"),
    "jpeg": lambda: still("JPEG"),
    "tiff": tiff,
    "packed tiff": lambda: still("TIFF", compression="tiff_lzw"),
    "ora": openraster,
    "ora, not packed": lambda: openraster(packed=zipfile.ZIP_STORED),
    "psd": lambda: (DATA / "stack.psd").read_bytes(),
    "xcf": lambda: (DATA / "stack.xcf").read_bytes(),
    "tiff of GIMP": lambda: (DATA / "stack.tif").read_bytes(),
}

# -- edits ------------------------------------------------------------------------------------------------------------

place = st.floats(0, 1)
number = st.sampled_from([0, 1, 2, 127, 128, 255, 256, 32767, 65535, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
edit = st.one_of(
    st.tuples(st.just("set"), place, st.binary(min_size=1, max_size=4)),
    st.tuples(st.just("number"), place, number, st.sampled_from(["<H", ">H", "<I", ">I", "B"])),
    st.tuples(st.just("flip"), place, st.integers(0, 7)),
    st.tuples(st.just("cut"), place),
    st.tuples(st.just("insert"), place, st.binary(max_size=40)),
    st.tuples(st.just("remove"), place, st.integers(1, 60)),
    st.tuples(st.just("double"), place, st.integers(1, 200), place),
)
edits = st.lists(edit, min_size=1, max_size=4)


def edited(data, changes):
    data = bytearray(data)
    for kind, where, *rest in changes:
        at = int(where * len(data))
        if kind == "set":
            data[at : at + len(rest[0])] = rest[0]
        elif kind == "number":
            size = struct.calcsize(rest[1])
            data[at : at + size] = struct.pack(rest[1], rest[0] & (1 << 8 * size) - 1)
        elif kind == "flip" and at < len(data):
            data[at] ^= 1 << rest[0]
        elif kind == "cut":
            del data[at:]
        elif kind == "insert":
            data[at:at] = rest[0]
        elif kind == "remove":
            del data[at : at + rest[0]]
        elif kind == "double":
            to = int(rest[1] * len(data))
            data[to:to] = data[at : at + rest[0]]
    return bytes(data)


def with_checksums(data):
    """Put right the checksums of a PNG's chunks, so that what they hold is looked at."""
    parts, at = [data[:8]], 8
    while at + 8 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        body = data[at + 4 : at + 8 + size]
        parts += [data[at : at + 4], body, struct.pack(">I", zlib.crc32(body))]
        at += 12 + size
    return b"".join(parts)


# -- what must hold ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def small_limit():
    """Allow pictures of one megapixel, and watch what is taken for them."""
    magick.wand()  # has its own limits from then on, which stay
    before = os.environ.get("DREAMCORE_MAX_DECODED")
    os.environ["DREAMCORE_MAX_DECODED"] = "4MB"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    del os.environ["DREAMCORE_MAX_DECODED"]
    if before is not None:
        os.environ["DREAMCORE_MAX_DECODED"] = before
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) * 1024 < MOST_MEMORY


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


def check(path, data):
    """Read a file as every reader does: frames of the size that was said, or a DreamError."""
    path.write_bytes(data)
    with warnings.catch_warnings(), suppress(DreamError):
        warnings.simplefilter("ignore")
        str(info(path))
    with warnings.catch_warnings(), suppress(DreamError):
        warnings.simplefilter("ignore")
        source = open_source(path)
        try:
            for n in range(min(source.count, MOST_FRAMES)):
                frame = source.read(n)
                assert frame.dtype == np.uint8
                assert frame.shape[:2] == source.size[::-1]
                assert frame.shape[2] in (3, 4)
            assert all(time is None or time >= 0 for time in source.durations)
        finally:
            source.close()


@pytest.mark.parametrize("name", SEEDS)
@fuzz
@given(changes=edits)
def test_a_damaged_file_gives_frames_or_one_error(folder, name, changes):
    data = SEEDS[name]()
    check(folder / "a", edited(data, changes))
    if "png" in name:
        check(folder / "a", with_checksums(edited(data, changes)))


for _name, _make in list(SEEDS.items()):  # made once
    SEEDS[_name] = (lambda data: lambda: data)(_make())


@fuzz
@given(changes=edits, picture=edits)
def test_a_damaged_part_of_an_openraster_gives_frames_or_one_error(folder, changes, picture):
    check(folder / "a.ora", openraster(edited(LAYERS, changes)))
    check(folder / "a.ora", openraster(picture=edited(SEEDS["png"](), picture)))


xml_text = st.text(st.characters(codec="utf-8"), max_size=20)
layer = st.fixed_dictionaries(
    {},
    optional={
        "src": st.sampled_from(["d/0.png", "", "..", "stack.xml", "/etc/passwd", "mimetype"]),
        "x": st.one_of(st.integers().map(str), st.sampled_from(["1.5", "nan", "9" * 5000, ""])),
        "y": st.one_of(st.integers(-9, 9).map(str), st.sampled_from(["-0", "1e9"])),
        "opacity": st.sampled_from(["0", "1", "0.3", "-1", "7", "nan", "inf", "1e999", "x"]),
        "visibility": st.sampled_from(["hidden", "visible", ""]),
        "name": st.sampled_from(["(5ms)", "(99999999999999999999ms)", "(replace)", "\x7f"]),
    },
)


@fuzz
@given(
    layers=st.lists(layer, max_size=4),
    size=st.tuples(*[st.one_of(st.integers(-1, 99).map(str), st.sampled_from(["9" * 30, "9" * 5000, "", "x"]))] * 2),
    depth=st.sampled_from([0, 1, 3000]),
)
def test_a_stack_of_layers_gives_frames_or_one_error(folder, layers, size, depth):
    inside = "".join("<layer " + " ".join(f'{key}="{value}"' for key, value in each.items()) + "/>" for each in layers)
    groups = "<stack>" * (depth + 1) + inside + "</stack>" * (depth + 1)
    check(folder / "a.ora", openraster(f'<image w="{size[0]}" h="{size[1]}">{groups}</image>'.encode()))


@fuzz
@given(data=st.binary(max_size=200), head=st.sampled_from([b"GIF89a", b"RIFF\0\0\0\0WEBP", b"8BPS\0\1", b"gimp xcf"]))
def test_bytes_behind_a_signature_give_frames_or_one_error(folder, data, head):
    check(folder / "a", head + data)


# -- names and options ------------------------------------------------------------------------------------------------

name = st.one_of(
    st.text(max_size=30),
    st.lists(
        st.sampled_from(
            ["%", "0", "99999999999", "d", "*", "[", "]", "?", "!", "..", "/", "a", "1.png", "\0", "\udcff"]
        ),
        max_size=8,
    ).map("".join),
)


@fuzz
@given(text=name)
def test_a_name_of_a_source_gives_frames_or_one_error(folder, text):
    before = os.getcwd()
    (folder / "names").mkdir(exist_ok=True)
    (folder / "names" / "1.png").write_bytes(SEEDS["png"]())
    os.chdir(folder / "names")
    try:
        for function in (open_source, matching, info):
            with suppress(DreamError):
                function(text)
    finally:
        os.chdir(before)


@fuzz
@given(data=st.one_of(st.binary(max_size=99), name.map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_a_list_of_files_gives_frames_or_one_error(folder, data):
    (folder / "list.txt").write_bytes(data)
    with suppress(DreamError):
        open_source(folder / "list.txt")


@fuzz
@given(names=st.lists(st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=12)))
def test_any_names_of_files_can_be_sorted(names):
    assert sorted(natural(names)) == sorted(names)


numeric = st.one_of(
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["1/0", "1e999", "1e-999", "9" * 5000, 10**5000, -(10**5000), Fraction(1, 3), "٣", "1_0", "0x1"]),
)


@fuzz
@given(
    value=numeric, other=numeric, key=st.sampled_from(["delay", "fps", "duration", "hold_first", "hold_last", "speed"])
)
def test_a_number_is_finite_or_one_error(value, other, key):
    with suppress(DreamError):
        exact_number("x", value)
    with suppress(DreamError):
        read_durations([value, other])
    with suppress(DreamError):
        for shown in Arrangement(**{key: value})([None, Fraction(1, 7)]):
            float(shown.duration)
    with suppress(DreamError):
        Arrangement(speed=(value, other))([None] * 3)


@fuzz
@given(text=st.one_of(st.text(max_size=20), st.from_regex(r"(rgb|hsl|hsv|#)\(?[0-9a-f.,%+e-]{0,20}\)?")))
def test_an_options_text_gives_a_value_or_one_error(text):
    for function in (read_speed, read_colour, read_size):
        with suppress(DreamError):
            function(text)


def test_a_folder_of_anything_gives_frames_or_one_error(folder):
    for number, (kind, make) in enumerate(SEEDS.items()):
        (folder / "all").mkdir(exist_ok=True)
        (folder / "all" / f"{number}.{kind.split()[-1]}.png").write_bytes(make()[:-7])
    with warnings.catch_warnings(), suppress(DreamError):
        warnings.simplefilter("ignore")
        paths = frames_in(folder / "all")
        for path in paths:
            with suppress(DreamError):
                open_source([path]).read(0)
