import numpy as np

from dreamcore.worker import pixels


def test_pictures_are_unpacked_row_after_row():
    assert pixels.unpack(bytes(range(8)), 1, 2, "RGBA u8").tolist() == [[[0, 1, 2, 3]], [[4, 5, 6, 7]]]
    floats = np.float32([0, 0.5, 1, 2])
    assert pixels.unpack(floats.tobytes(), 1, 1, "RGBA float").tolist() == [[[0, 0.5, 1, 2]]]


def test_every_format_of_the_protocol_can_be_unpacked():
    from gimp_plugin import protocol

    for format in protocol.FORMATS:
        size = protocol.size_of(2, 3, format)
        assert pixels.unpack(bytes(size), 2, 3, format).nbytes == size


def test_colours_are_dreamed_from_0_to_255():
    assert pixels.to_rgb(np.float32([[[0, 0.5, 1, 0.25]]])).tolist() == [[[0, 127.5, 255]]]
    assert pixels.to_rgb(np.array([[[0, 100, 255, 9]]], "u1")).tolist() == [[[0, 100, 255]]]


def test_a_mask_becomes_a_weight_from_0_to_1():
    assert pixels.to_weight(np.array([[[0], [51], [255]]], "u1")).tolist() == [[0, np.float32(0.2), 1]]


def test_what_has_travelled_travels_back_unchanged():
    for source in (np.arange(24, dtype="u1").reshape(2, 3, 4), np.float32([[[-0.5, 0.25, 2, 0.5]]])):
        back = pixels.to_travel(pixels.to_rgb(source), source)
        assert back.dtype == source.dtype
        np.testing.assert_allclose(back, source, atol=1e-6)
