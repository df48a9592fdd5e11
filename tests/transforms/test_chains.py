import numpy as np
import pytest

from dreamcore.errors import DreamError
from dreamcore.pictures import Picture
from dreamcore.transforms import Context, alternate, chain, every, from_frame, invert, parse, random_choice, until_frame
from dreamcore.transforms.chains import only

FRAME = np.full((2, 2, 3), 100, np.float32)


def values(step, count=6, seed=0):
    return [int(step(FRAME, Context(number, seed))[0, 0, 0]) for number in range(count)]


def test_a_chain_runs_in_order():
    step = parse("chain(invert(1), gamma(2))")
    assert step(FRAME, Context(0))[0, 0, 0] == pytest.approx(155**2 / 255)


def test_an_empty_chain_changes_nothing():
    assert values(chain(), 1) == [100]


def test_every_third_frame():
    assert values(every(invert(), n=3)) == [155, 100, 100, 155, 100, 100]


def test_alternate_takes_turns():
    assert values(alternate(invert(), chain())) == [155, 100, 155, 100, 155, 100]
    assert values(alternate(invert(), chain(), hold=2)) == [155, 155, 100, 100, 155, 155]


def test_from_and_until_a_frame():
    assert values(from_frame(2, invert()), 4) == [100, 100, 155, 155]
    assert values(until_frame(2, invert()), 4) == [155, 155, 100, 100]


def test_random_choice_takes_each_now_and_then_and_the_same_again():
    step = random_choice(invert(), chain())
    assert set(values(step, 20)) == {100, 155}
    assert values(step, 20) == values(step, 20)
    assert values(step, 20) != values(step, 20, seed=1)


def test_twins_in_a_chain_draw_numbers_of_their_own():
    frame = np.arange(75, dtype=np.float32).reshape(5, 5, 3)
    one, two = (parse(f"chain({text})") for text in ("roll(shift=random)", "chain(), roll(shift=random)"))
    assert not np.array_equal(one(frame, Context(0)), two(frame, Context(0)))


def test_only_keeps_places():
    term = parse("chain(zoom(0.02), every(2, sobel(), roll(shift=3)), regions(roll()))")
    assert str(only(term, {"roll"})) == "chain(chain(), every(2, chain(), roll(columns, shift=3)), chain())"


def test_same_seed_and_number_give_the_same_random_numbers_whatever_was_drawn_before():
    context = Context(5, seed=3)
    context.rng.random(1000)
    assert context.rng.random() == Context(5, seed=3).rng.random()
    assert context.rng.random() != Context(6, seed=3).rng.random()


@pytest.mark.parametrize("text", ["invert", "unsharp(2)", "zoom(0.1)", "hold(contrast)", "chain(invert, unsharp)"])
def test_frames_of_bytes_are_taken_as_floats(text):
    frame = np.random.default_rng(0).integers(0, 256, (8, 10, 3), "u1")
    assert np.array_equal(parse(text)(frame), parse(text)(frame.astype("f4")))
    assert parse(text)(frame).dtype == np.float32


def test_a_transform_takes_a_picture_and_refuses_what_is_no_frame():
    pixels = np.full((2, 3, 3), 55, "f4")
    assert np.array_equal(parse("invert")(Picture(pixels)), 255 - pixels)
    with pytest.raises(DreamError, match=r"a frame has shape \(4, 4\)"):
        parse("invert")(np.zeros((4, 4)))
