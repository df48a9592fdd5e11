"""Fatigue: what has been dreamed for long counts for less."""

import numpy as np
import pytest
import torch
from PIL import Image

from dreamcore import dream, l2, parse_objective
from dreamcore.ascent.fatigue import Fatigue, Weighed, activity, novelty, tired_weights
from dreamcore.ascent.layout import to_data
from dreamcore.pictures import Picture
from dreamcore.sequence import make_job, run, state_at, write_frames
from dreamcore.sequence.loop import dreams

FRAME = np.random.default_rng(5).uniform(0, 255, (20, 24, 3)).astype("f4")
QUICK = {"layer": "join", "iterations": 1, "octaves": 1, "jitter": 3, "renew": 2}


def test_a_channel_with_all_activity_is_weighed_down_as_the_formula_says():
    assert tired_weights(np.array([1, 0, 0], "f4"), 5).tolist() == pytest.approx([0.25, 1, 1])  # (1 + 5 * 3) ** -0.5


def test_channels_that_share_evenly_are_weighed_alike():
    assert tired_weights(np.full(4, 0.25, "f4"), 7).tolist() == [1, 1, 1, 1]


def test_shares_are_those_of_the_sum_of_squares(network):
    (shares,) = activity(FRAME, network, ("join",))
    squares = np.square(network.activations(to_data(FRAME, network), "join")["join"]).sum((1, 2))
    assert np.allclose(shares, squares / squares.sum(), atol=1e-6)


def test_frames_are_forgotten_a_thirtieth_at_a_time(network):
    (share,) = activity(FRAME, network, ("join",))
    fatigue = Fatigue(1, {"join": np.zeros((2, len(share)), "f4")})
    fatigue.note(FRAME, l2("join"), network)
    assert np.allclose(fatigue.shares["join"], [share / 30, share])


def test_novelty_is_0_for_the_same_shares_and_1_where_no_channel_is_active_in_both():
    shares = np.array([0.25, 0.75, 0, 0], "f4")
    assert novelty(shares, shares) == pytest.approx(0) and novelty(shares, shares[::-1]) == 1


def test_channels_tire_only_while_a_run_shuffles():
    mean = np.array([0.75, 0.25, 0], "f4")
    for last, weights in ((mean, [0.5, 0.7071, 1]), (mean[::-1], None)):
        weighed = Fatigue(4 / 3, {"join": np.stack([mean, last])}).weigh(l2("join"))
        if weights is None:
            assert weighed == l2("join")
        else:
            assert weighed.weights["join"] == pytest.approx(weights, abs=1e-4)


def test_without_strength_nothing_is_weighed_or_noted(network):
    fatigue = Fatigue(0)
    fatigue.note(FRAME, l2("join"), network)
    assert not fatigue.shares and fatigue.weigh(l2("join")) == l2("join")


def test_each_end_of_a_sum_is_weighed_by_its_own_channels(network):
    objective = parse_objective("join + 2*pool1")
    sizes = [len(each) for each in activity(FRAME, network, objective.ends(network))]
    weights = {"join": np.linspace(0, 1, sizes[0], dtype="f4")}
    _, plain = objective.bind(network)
    _, weighed = Weighed(objective, weights).bind(network)
    blobs = [torch.rand(count, 3, 3) for count in sizes]
    expected = plain(blobs[0] * torch.from_numpy(weights["join"])[:, None, None], blobs[1])
    assert torch.allclose(weighed(*blobs), expected)


def test_what_tires_changes_the_frames_after_the_first(network):
    fresh, renewed = (list(run(make_job(FRAME, network, frames=2, **{**QUICK, "renew": each}))) for each in (0, 9))
    assert np.array_equal(fresh[0], renewed[0]) and not np.array_equal(fresh[1], renewed[1])


def test_the_loop_goes_on_with_what_has_tired(network):
    job, fatigue = make_job(FRAME, network, frames=4, **QUICK), Fatigue(2)
    whole = list(dreams(job))
    for _, frame in zip(range(2), dreams(job, fatigue=fatigue), strict=False):
        last = frame
    rest = list(dreams(job, done=2, last=last, previous=whole[0], fatigue=fatigue))
    assert np.array_equal(rest[-1], whole[-1])


def test_a_directory_resumed_makes_the_same_files(tmp_path, network):
    picture = Picture(FRAME)
    for folder, parts in (("once", [4]), ("twice", [2, 4])):
        for frames in parts:
            list(write_frames(tmp_path / folder, make_job(picture, network, frames=frames, **QUICK), resume=True))
    once, twice = (sorted((tmp_path / each).glob("*.png")) for each in ("once", "twice"))
    assert [each.read_bytes() for each in once] == [each.read_bytes() for each in twice] and len(once) == 4
    on = make_job(picture, network, frames=2, state=state_at(tmp_path / "once")[0], **QUICK)
    whole = list(run(make_job(picture, network, frames=5, **QUICK)))
    assert np.array_equal(list(run(on))[-1], whole[-1])


def test_maps_keep_their_places_where_channels_are_weighed(network, tmp_path):
    left = np.zeros((20, 24), np.uint8)
    left[:, :12] = 255
    Image.fromarray(left).save(tmp_path / "left.png")
    objective = parse_objective(f"map('{tmp_path / 'left.png'}', join)")
    count = len(activity(FRAME, network, ("join",))[0])
    plain, weighed = (
        dream(FRAME, network, layer=each, octaves=1, iterations=2, jitter=3, seed=1)
        for each in (objective, Weighed(objective, {"join": np.ones(count, "f4")}))
    )
    assert np.array_equal(plain, weighed) and not np.array_equal(plain, FRAME)
