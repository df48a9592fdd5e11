import numpy as np
import pytest
import torch
from PIL import Image

import dreamcore
from dreamcore.ascent import dream, l2
from dreamcore.ascent.objectives import map_
from dreamcore.ascent.octaves import octave_sizes, resize
from dreamcore.ascent.parts import Place, dream_part, whole_size
from dreamcore.large.store import MemoryStore

SIZE = 160, 224
_RNG = np.random.default_rng(5)
_COARSE = Image.fromarray(_RNG.integers(0, 255, (16, 22, 3), "u1")).resize(SIZE[::-1], Image.Resampling.BICUBIC)
PICTURE = (np.asarray(_COARSE) * 0.7 + _RNG.uniform(0, 70, (*SIZE, 3))).astype("f4")  # nowhere flat
PLACE = Place(24, 40, 128, 144, SIZE)
INNER = slice(48, -48), slice(48, -48)  # of the part: so far a cell of patterns sees, about
TOLD = {"layer": "patterns", "octaves": 3, "octave_scale": 1.4, "step_size": 1.5, "jitter": 16, "seed": (3, 0)}
OCTAVE = whole_size(SIZE, 3, 1.4, 120)


@pytest.fixture(scope="module")
def network():
    return dreamcore.load_network("dreamlet", device="cpu")


def octave_of(pixels, network):
    planes = torch.from_numpy(np.ascontiguousarray(np.moveaxis(pixels, -1, 0), "f4"))
    for size in octave_sizes(SIZE, 3, 1.4, network, ("dream_3b",))[-2::-1]:
        planes = resize(planes, size, MemoryStore())
        if size == OCTAVE:
            return np.moveaxis(planes.numpy(), 0, -1)


def cut(pixels):
    return pixels[PLACE.top : PLACE.top + PLACE.height, PLACE.left : PLACE.left + PLACE.width]


def part_of(network, **more):
    return dream_part(cut(PICTURE), PLACE, octave_of(PICTURE, network), network, **{**TOLD, **more})


def likeness(one, other):
    """Return the correlation of two changes of the same part."""
    return np.corrcoef((one - cut(PICTURE))[INNER].ravel(), (other - cut(PICTURE))[INNER].ravel())[0, 1]


def test_one_step_of_a_part_is_that_of_the_whole_at_the_same_place(network):
    part, whole = part_of(network, iterations=1), dream(PICTURE, network, iterations=1, **TOLD)
    assert likeness(part, cut(whole)) > 0.95
    sizes = [np.abs(each - cut(PICTURE))[INNER].mean() for each in (part, cut(whole))]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.3)


def test_a_dream_of_a_part_is_far_more_like_the_result_than_one_of_the_picture_made_small(network):
    result = cut(dream(PICTURE, network, iterations=6, **TOLD))
    small = octave_of(PICTURE, network)
    planes = np.moveaxis(dream(small, network, iterations=6, **TOLD) - small, -1, 0)
    change = resize(torch.from_numpy(np.ascontiguousarray(planes)), SIZE, MemoryStore()).numpy()
    preview = cut(PICTURE + np.moveaxis(change, 0, -1))
    assert likeness(part_of(network, iterations=6), result) > likeness(preview, result) + 0.3


def test_a_part_of_a_map_is_dreamed_as_in_the_whole(network):
    mask = np.zeros((*SIZE, 3), "u1")
    mask[:, SIZE[1] // 2 :] = 255
    told = {"layer": map_(mask, l2("patterns"), l2("textures")), "iterations": 1}
    part, whole = part_of(network, **told), dream(PICTURE, network, **{**TOLD, **told})
    assert likeness(part, cut(whole)) > 0.9


def test_nothing_dreams_beyond_a_mask(network):
    mask = np.zeros(SIZE, "f4")
    mask[:, : SIZE[1] // 2] = 1
    small = octave_of(np.dstack([mask] * 3), network)[..., 0]
    part = part_of(network, iterations=2, mask=cut(mask), whole_mask=small)
    beyond = cut(mask) == 0
    np.testing.assert_allclose(part[beyond], cut(PICTURE)[beyond], atol=1e-3)
    assert np.abs(part - cut(PICTURE))[~beyond].mean() > 1


def test_the_strength_lies_over_the_part(network):
    full, half = (part_of(network, iterations=1, strength=strength) for strength in (1, 0.5))
    np.testing.assert_allclose(half - cut(PICTURE), (full - cut(PICTURE)) / 2, atol=1e-3)


def test_a_picture_that_is_small_already_gives_its_own_dream(network):
    told = {**TOLD, "iterations": 2}
    part = dream_part(cut(PICTURE), PLACE, PICTURE, network, **told)
    np.testing.assert_allclose(part, cut(dream(PICTURE, network, **told)), atol=1e-3)


def test_a_place_in_a_smaller_octave_holds_the_same_pixels():
    # Rows 10 to 19 of 101 lie at 5 to 9.5 of 51, columns 0 to 200 of 201 at 0 to 100 of 101.
    assert Place(10, 0, 10, 201, (101, 201)).within((51, 101)) == Place(5, 0, 5, 101, (51, 101))
