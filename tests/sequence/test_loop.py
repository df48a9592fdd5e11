"""The loop of dreams."""

import numpy as np
import pytest

from dreamcore import dream, dream_sequence, zoom

QUICK = {"layer": "join", "iterations": 1, "octaves": 1, "jitter": 3}


@pytest.fixture
def picture():
    return np.random.default_rng(5).uniform(0, 255, (20, 24, 3)).astype("f4")


def test_each_frame_is_the_dream_of_the_transformed_one_before(picture, network):
    seen = []

    def transform(frame, context):
        seen.append((frame.copy(), context))
        return frame * 0.5

    frames = list(dream_sequence(picture, network, frames=3, transform=transform, seed=7, **QUICK))
    assert np.array_equal(frames[0], dream(picture, network, seed=(7, 0), **QUICK))
    assert np.array_equal(frames[2], dream(frames[1] * 0.5, network, seed=(7, 2), **QUICK))
    assert [np.array_equal(*pair) for pair in zip(frames, [frame for frame, _ in seen], strict=False)] == [True, True]
    first, second = (context for _, context in seen)
    assert (first.number, first.seed, first.previous) == (0, 7, None)
    assert np.array_equal(first.original, picture)
    assert second.number == 1
    assert np.array_equal(second.previous, frames[0])


def test_the_default_transform_is_the_notebooks_zoom(picture, network):
    ours = list(dream_sequence(picture, network, frames=2, **QUICK))
    assert np.array_equal(ours, list(dream_sequence(picture, network, frames=2, transform=zoom(0.05), **QUICK)))


def test_it_is_a_generator_that_dreams_when_asked(network, picture):
    steps = []
    frames = dream_sequence(picture, network, frames=99, progress=lambda *step: steps.append(step), **QUICK)
    assert not steps
    next(frames)
    assert len(steps) == 1


def test_the_state_is_never_rounded(picture, network):
    frames = list(dream_sequence(picture, network, frames=2, **QUICK))
    assert any((frame != np.rint(frame)).mean() > 0.5 for frame in frames)


def test_it_can_begin_anywhere(picture, network):
    whole = list(dream_sequence(picture, network, frames=4, **QUICK))
    rest = dream_sequence(picture, network, frames=4, done=2, last=whole[1], previous=whole[0], **QUICK)
    assert all(np.array_equal(*pair) for pair in zip(whole[2:], rest, strict=True))


def test_alpha_goes_along_unchanged(picture, network):
    alpha = np.full((20, 24, 1), 77, "f4")
    for frame in dream_sequence(np.dstack([picture, alpha]), network, frames=2, **QUICK):
        assert np.array_equal(frame[..., 3:], alpha)


def test_dream_parameters_follow_schedules(picture, network):
    steps = []
    options = {**QUICK, "iterations": "0:1, 2:3"}
    list(dream_sequence(picture, network, frames=3, progress=lambda *step: steps.append(step), **options))
    assert [total for done, total in steps if done == total] == [1, 2, 3]
