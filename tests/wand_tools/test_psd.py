"""Photoshop files with groups, flat ones and deep ones, written here layer by layer."""

import struct

import numpy as np
import pytest

from wand_tools import info
from wand_tools.sources.opening import open_source

WIDTH, HEIGHT = 8, 6
HEAD, END = 1, 3  # of a group, in the order of the file: its end comes first, below


def layer(name, colour=None, section=0, opacity=255, hidden=False, bytes_each=1):
    """Give the record and the pixels of a layer as large as the picture, or of a mark without pixels."""
    width, height = (0, 0) if colour is None else (WIDTH, HEIGHT)
    planes = [bytes([level] * bytes_each) * (width * height) for level in colour or (0, 0, 0)]
    data = b"".join(b"\0\0" + plane for plane in planes)
    label = bytes([len(name)]) + name.encode()
    extra = bytes(8) + label.ljust(-(-len(label) // 4) * 4, b"\0")
    if section:
        extra += b"8BIMlsct" + struct.pack(">II", 4, section)
    record = struct.pack(">iiiiH", 0, 0, height, width, len(planes))
    for number, plane in enumerate(planes):
        record += struct.pack(">hI", number, 2 + len(plane))
    record += b"8BIMnorm" + struct.pack(">BBBB", opacity, 0, 2 * hidden, 0) + struct.pack(">I", len(extra)) + extra
    return record, data


def psd(path, layers, ground=(9, 9, 9), bytes_each=1):
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, HEIGHT, WIDTH, 8 * bytes_each, 3) + bytes(8)
    content = struct.pack(">h", len(layers)) + b"".join(record for record, _ in layers)
    content += b"".join(data for _, data in layers)
    content += bytes(-len(content) % 4)
    if not layers:
        section = b""
    elif bytes_each == 1:
        section = struct.pack(">I", len(content)) + content + bytes(4)
    else:
        section = bytes(8) + b"8BIMLr16" + struct.pack(">I", len(content)) + content
    merged = b"\0\0" + b"".join(bytes([level] * bytes_each) * (WIDTH * HEIGHT) for level in ground)
    path.write_bytes(head + struct.pack(">I", len(section)) + section + merged)
    return path


def frames(path):
    source = open_source(path)
    return [source.read(number)[2, 3].astype(int).tolist() for number in range(source.count)]


def test_layers_of_hidden_groups_are_hidden_and_groups_within_too(tmp_path):
    path = psd(
        tmp_path / "a.psd",
        [
            layer("ground", (10, 20, 30)),
            layer("end", section=END),
            layer("end", section=END),
            layer("deep inside", (255, 0, 0)),
            layer("inner group", section=HEAD),
            layer("inside", (200, 0, 0)),
            layer("hidden group", section=HEAD, hidden=True),
            layer("end", section=END),
            layer("in a shown group", (0, 0, 200)),
            layer("shown group", section=HEAD),
            layer("hidden", (0, 99, 0), hidden=True),
        ],
    )
    assert frames(path) == [[10, 20, 30], [0, 0, 200]]
    assert info(path).frames == 2


def test_the_head_of_a_group_is_no_layer_even_if_it_has_pixels(tmp_path):
    path = psd(
        tmp_path / "a.psd",
        [
            layer("ground", (10, 20, 30)),
            layer("end", (1, 1, 1), section=END),
            layer("inside", (0, 200, 0)),
            layer("group", (255, 255, 0), section=HEAD),
        ],
    )
    assert frames(path) == [[10, 20, 30], [0, 200, 0]]


def test_the_opacity_of_a_group_is_that_of_its_layers(tmp_path):
    path = psd(
        tmp_path / "a.psd",
        [
            layer("ground", (0, 0, 0)),
            layer("end", section=END),
            layer("inside", (200, 100, 0)),
            layer("group", section=HEAD, opacity=128),
        ],
    )
    assert np.abs(np.array(frames(path)[1]) - (100, 50, 0)).max() <= 1


@pytest.mark.parametrize("bytes_each", [1, 2])
def test_a_flat_file_is_one_frame(tmp_path, bytes_each):
    path = psd(tmp_path / "a.psd", [], ground=(40, 80, 120), bytes_each=bytes_each)
    assert frames(path) == [[40, 80, 120]]
    assert info(path).frames == 1


def test_layers_of_16_bits_are_frames(tmp_path):
    path = psd(
        tmp_path / "a.psd",
        [
            layer("ground", (10, 20, 30), bytes_each=2),
            layer("end", section=END),
            layer("inside", (255, 0, 0), bytes_each=2),
            layer("hidden group", section=HEAD, hidden=True),
            layer("shown", (0, 0, 200), bytes_each=2),
        ],
        bytes_each=2,
    )
    assert frames(path) == [[10, 20, 30], [0, 0, 200]]
