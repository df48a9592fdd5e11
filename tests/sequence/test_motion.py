"""Frames in between, loops, and the picture at the beginning."""

import json
from itertools import islice

import numpy as np
import pytest

from dreamcore import DreamError, dream, dream_sequence
from dreamcore.notes import read_notes
from dreamcore.pictures import read_picture, to_bytes
from dreamcore.sequence import frame_files, make_job, run, shown_files, write_frames
from dreamcore.sequence.motion import in_places, mixed, pull_weight
from dreamcore.sequence.recipe import recipe_from_notes
from dreamcore.sequence.resuming import read_settings
from dreamcore.transforms import Context, parse
from dreamcore.transforms.betweens import in_between

QUICK = {"layer": "join", "iterations": 1, "octaves": 1, "jitter": 3}
RNG = np.random.default_rng(0)
FRAME, OTHER = RNG.uniform(0, 255, (2, 24, 30, 3)).astype("f4")


@pytest.fixture
def picture():
    return np.random.default_rng(5).uniform(0, 255, (20, 24, 3)).astype("f4")


def write(folder, picture, network, stop=None, **options):
    run = {name: options.pop(name) for name in ("resume", "suffix") if name in options}
    written = write_frames(folder, make_job(picture, network, **{**QUICK, "frames": 4, **options}), **run)
    return [path.name for _, path in islice(written, stop)]


def content(folder):
    return {each.name: each.read_bytes() for each in folder.iterdir()}


# -- one frame in between -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["roll(shift=8)", "roll(rows, shift=-4)", "chain(roll(shift=4), roll(rows, shift=8))"])
@pytest.mark.parametrize("t", [0.25, 0.5, 0.75])
def test_between_two_frames_that_a_roll_alone_makes_is_the_smaller_roll(text, t):
    step = parse(text)
    shifts = [child.arguments["shift"] for child in step.children or [step]]
    smaller = text
    for shift in shifts:
        smaller = smaller.replace(f"shift={shift:g}", f"shift={t * shift:g}")
    between = in_between(step, FRAME, step(FRAME), t, Context(0))
    assert np.allclose(between, parse(smaller)(FRAME, Context(0)), atol=1e-3)


@pytest.mark.parametrize(
    "text",
    [
        *("zoom(0.1)", "rotate(8)", "swirl(20)", "sobel", "regions(zoom(0.1))", "mask(circle, zoom(0.1))"),
        *("hue_shift(40)", "chain(roll(shift=sine(5)), roll(rows, shift=n/4), zoom(0.1))"),
    ],
)
@pytest.mark.parametrize("t", [0, 1])
def test_at_its_ends_the_way_is_the_dreams(text, t):
    between = in_between(parse(text), FRAME, OTHER, t, Context(0, original=FRAME))
    assert between.dtype == np.float32 and between.shape == FRAME.shape
    assert np.allclose(between, (FRAME, OTHER)[t], atol=0.05)


def test_what_has_no_parts_dissolves():
    assert np.allclose(in_between(parse("sobel"), FRAME, OTHER, 0.25, Context(0)), 0.75 * FRAME + 0.25 * OTHER)


def test_what_the_later_frame_has_not_the_earlier_one_gives():
    grey = np.full((40, 40, 3), 90, "f4")
    bright = np.full((40, 40, 3), 200, "f4")
    between = in_between(parse("zoom(0.5, border=mirror)"), grey, bright, 0.5, Context(0))
    assert between[0, 0, 0] == pytest.approx(90, abs=1) and between[20, 20, 0] == pytest.approx(145, abs=1)


def test_hues_between_two_turned_frames_are_turned_half_way():
    soft = FRAME * np.float32(0.3) + 90
    step = parse("hue_shift(60)")
    assert np.allclose(in_between(step, soft, step(soft), 0.5, Context(0)), parse("hue_shift(30)")(soft), atol=0.01)


# -- sequences ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("loop", "count"), [(False, 4 + 3 * 2), (True, 4 * 3)])
def test_frames_come_with_those_in_between(picture, network, loop, count):
    options = {**QUICK, "frames": 4, "between": 2, "loop": loop}
    frames = list(dream_sequence(picture, network, **options))
    assert len(frames) == count == len(make_job(picture, network, **options).delays)
    dreamed = list(dream_sequence(picture, network, **{**options, "between": 0}))
    assert all(np.array_equal(*pair) for pair in zip(frames[::3], dreamed, strict=True))


def test_a_sequence_that_goes_on_begins_with_those_in_between(picture, network):
    options = {**QUICK, "frames": 4, "between": 1}
    whole = list(dream_sequence(picture, network, **options))
    rest = dream_sequence(picture, network, done=2, last=whole[2], previous=whole[0], **options)
    assert all(np.array_equal(*pair) for pair in zip(whole[3:], rest, strict=True))


def test_what_dissolves_is_said_once(picture, network):
    with pytest.warns(UserWarning, match="frames dissolve: there is no part of sobel, jpeg$") as said:
        list(run(make_job(picture, network, frames=3, between=1, transform=["zoom", "sobel", "jpeg"], **QUICK)))
    assert len(said) == 1


def test_the_speed_is_kept(picture, network):
    job = make_job(picture, network, frames=3, between=3, delay="0:8, 2:4", cross_fade=1)
    assert job.delays == [2, 2, 2, 2, 1.5, 1.5, 1.5, 1.5, 1]
    assert job.timing["cross_fade"] == 4 and "delay" not in job.timing


def test_the_start_picture_is_the_first_frame(picture, network):
    frames = list(dream_sequence(picture, network, frames=3, start=True, seed=7, **QUICK))
    assert np.array_equal(frames[0], picture)
    source = parse("zoom(0.05)")(picture)
    assert np.array_equal(frames[1], dream(source, network, seed=(7, 1), **QUICK))


@pytest.mark.parametrize(("start", "expected"), [(False, [0.25, 0.5, 0.75, 1]), (True, [0, 0.25, 0.5, 0.75])])
def test_the_strength_rises_in_the_beginning(picture, network, start, expected):
    job = make_job(picture, network, frames=9, blend_in=3, start=start)
    assert [job.at(number)["strength"] for number in range(4)] == expected
    assert job.at(8)["strength"] == 1


def test_one_frame_that_is_asked_for_is_dreamed_whatever_a_recipe_says_of_sequences(picture, network):
    whole = make_job(picture, network, "you-wow-or-you-die", **QUICK)
    assert whole.recipe.sequence.start
    assert not make_job(picture, network, "you-wow-or-you-die", frames=1, **QUICK).recipe.sequence.start
    asked = make_job(picture, network, "you-wow-or-you-die", frames=1, start=True, **QUICK)
    assert np.array_equal(next(run(asked)), picture)


# -- loops --------------------------------------------------------------------------------------------------------


def test_a_loop_leads_back_to_its_first_frame(picture, network):
    options = {**QUICK, "layer": "join", "transform": "roll(shift=5)", "iterations": 4}
    frames = list(dream_sequence(picture, network, frames=6, loop=True, **options))
    job = make_job(picture, network, frames=6, loop=True, **options)
    again = dream(
        job.recipe.sequence.transform(frames[-1], Context(5)), network, seed=(0, 0), **QUICK | {"iterations": 4}
    )
    steps = [np.abs(one - other).mean() for one, other in zip(frames, frames[1:], strict=False)]
    assert np.abs(again - frames[0]).mean() < 0.5 * np.median(steps)
    assert np.abs(frames[-1] - frames[0]).mean() < 1.2 * np.median(steps)


def test_the_pull_rises_from_nothing():
    weights = [pull_weight(index, 12) for index in range(12)]
    assert weights[0] == 0 and weights == sorted(weights) and weights[-1] > 0.9


def test_a_mask_lets_more_and_more_places_pass_over():
    masks = [in_places(weight, (30, 40), 3) for weight in (0, 0.25, 0.5, 0.75, 1)]
    assert masks[0].max() == 0 and masks[-1].min() == 1
    assert all((after >= before).all() for before, after in zip(masks, masks[1:], strict=False))


def test_a_mixture_keeps_its_detail():
    assert mixed(FRAME, OTHER, 0.5).std() > 0.9 * FRAME.std() > (0.5 * (FRAME + OTHER)).std()
    assert np.allclose(mixed(FRAME, OTHER, 0), FRAME, atol=1e-3)
    assert np.allclose(mixed(FRAME, OTHER, 1), OTHER, atol=1e-3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"frames": 2}, "a loop of 2 frames is not allowed; allowed: 3 frames or more"),
        ({"frames": 1}, "a loop of 1 frame is not allowed"),
        ({"start": True}, "start and loop exclude each other"),
        ({"blend_in": 2}, "blend_in and loop exclude each other"),
    ],
)
def test_a_loop_that_cannot_close_is_one_clear_error(picture, network, options, words):
    with pytest.raises(DreamError, match=f"^{words}"):
        make_job(picture, network, **{"frames": 9, "loop": True, **options})


@pytest.mark.parametrize(
    ("transform", "fitted", "said"),
    [
        ("roll(shift=3)", "roll(columns, shift=3.3333333333333335)", "roll shift 3 -> 3.33"),
        ("roll(rows, shift=-4)", "roll(rows, shift=-4)", ""),
        ("rotate(50)", "rotate(60)", "rotate angle 50 -> 60"),
        ("rotate(2)", "rotate(2)", ""),  # six of them are no turn, nor near one
        ("hue_shift(70)", "hue_shift(60)", "hue_shift angle 70 -> 60"),
        ("zoom(sin(period=7, low=0, high=0.1))", "zoom(sin(period=6, low=0, high=0.1))", "zoom amount period 7 -> 6"),
        ("roll(shift=sine(5, speed=0.15))", "roll(columns, shift=sine(5, speed=0.16666666666666666))", "sine speed"),
        ("palette_shift(1.3, colours=8)", "palette_shift(1.3333333333333333, colours=8)", "palette_shift steps"),
        ("palette_shift(1.3, colours='0:4, 5:8')", "palette_shift(1.3, colours=linear(0:4, 5:8))", ""),
        ("zoom(sin(period=0.5, low=0, high=0.1))", "zoom(sin(period=0.5, low=0, high=0.1))", ""),
        ("regions(roll(shift=3))", "regions(roll(columns, shift=3))", ""),
    ],
)
def test_what_knows_its_period_is_fitted_and_it_is_said(picture, network, recwarn, transform, fitted, said):
    job = make_job(picture, network, frames=6, loop=True, transform=transform)
    assert str(job.recipe.sequence.transform) == fitted
    assert [said in str(each.message) for each in recwarn] == [True] * bool(said)
    assert make_job(picture, network, job.recipe) == job  # which has nothing left to fit


def test_schedules_of_dreams_are_fitted(picture, network):
    layer = "sin(period=5, low=1, high=2)*join"
    with pytest.warns(UserWarning, match="layer period 5 -> 6, strength period 13 -> 6|strength"):
        job = make_job(picture, network, frames=6, loop=True, strength="sin(period=13, low=0.5, high=1)", layer=layer)
    assert job.at(0)["strength"] == job.at(6)["strength"]
    assert "period=6" in str(job.recipe.dream.layer)


def test_a_loop_goes_on_only_in_its_directory(picture, network):
    with pytest.raises(DreamError, match="a loop begins anew, or goes on in its frame directory"):
        dream_sequence(picture, network, frames=4, loop=True, done=2, last=picture, **QUICK)


# -- frame directories --------------------------------------------------------------------------------------------


def test_frames_in_between_stand_in_order_among_the_others(tmp_path, picture, network):
    names = write(tmp_path / "a", picture, network, between=2, frames=3)
    assert names == ["0000.png", "0000_1.png", "0000_2.png", "0001.png", "0001_1.png", "0001_2.png", "0002.png"]
    job = make_job(picture, network, between=2, frames=3, **QUICK)
    assert [path.name for path in shown_files(frame_files(tmp_path / "a"), job)] == sorted(names)
    assert read_notes(tmp_path / "a/0001_1.png")["between"] == "1/3"
    assert set(content(tmp_path / "a")) == {*names, "sequence.json", "state.npz"}


@pytest.mark.parametrize("options", [{"between": 2}, {"loop": True, "between": 1}, {"start": True, "between": 1}])
def test_a_directory_holds_what_a_stream_gives(tmp_path, picture, network, options):
    names = write(tmp_path / "a", picture, network, **options)
    stream = dream_sequence(picture, network, **{**QUICK, "frames": 4, **options})
    for name, frame in zip(names, stream, strict=True):
        assert np.array_equal(read_picture(tmp_path / "a" / name).rgb, to_bytes(frame)), name


def test_a_loops_directory_ends_with_those_that_lead_back(tmp_path, picture, network):
    names = write(tmp_path / "a", picture, network, between=1, frames=3, loop=True)
    assert names == ["0000.png", "0000_1.png", "0001.png", "0001_1.png", "0002.png", "0002_1.png"]
    assert set(content(tmp_path / "a")) == {*names, "sequence.json", "state.npz"}  # the warm-up is cleared up
    before, after = (read_picture(tmp_path / f"a/{name}.png").rgb for name in ("0002", "0000"))
    wanted = in_between(parse("zoom(0.05)"), before, after, 0.5, Context(2, original=picture))
    assert np.abs(read_picture(tmp_path / "a/0002_1.png").rgb - wanted).max() <= 0.51


MOTIONS = [
    {"between": 2},
    {"loop": True},
    {"loop": True, "between": 1},
    {"start": True, "blend_in": 2, "between": 1},
    {"between": 1, "suffix": ".jpg"},
]


@pytest.mark.parametrize("options", MOTIONS)
@pytest.mark.parametrize("stop", [1, 2, 3, 6])
def test_a_resumed_run_makes_the_same_files(tmp_path, picture, network, options, stop):
    write(tmp_path / "whole", picture, network, **options)
    write(tmp_path / "parts", picture, network, stop, **options)
    write(tmp_path / "parts", picture, network, resume=True, **options)
    assert content(tmp_path / "parts") == content(tmp_path / "whole")


@pytest.mark.parametrize("lost", [["0001.png"], ["0000_1.png"], ["0002_1.png", "0003.png"], ["0003_1.png"]])
def test_files_that_are_lost_are_made_again(tmp_path, picture, network, recwarn, lost):
    write(tmp_path / "a", picture, network, loop=True, between=1)
    before = content(tmp_path / "a")
    for name in lost:
        (tmp_path / "a" / name).unlink()
    assert write(tmp_path / "a", picture, network, loop=True, between=1, resume=True) == sorted(
        lost, key=lambda name: ("_" in name, name)
    )
    assert content(tmp_path / "a") == before


def test_a_loop_whose_warm_up_is_lost_begins_anew(tmp_path, picture, network):
    write(tmp_path / "whole", picture, network, loop=True)
    steps = []
    job = make_job(picture, network, frames=4, loop=True, **QUICK)
    written = write_frames(tmp_path / "a", job, progress=lambda *step: steps.append(step))
    next(written)
    written.close()
    (tmp_path / "a/warm-up/0002.png").unlink()
    write(tmp_path / "a", picture, network, loop=True, resume=True)
    assert content(tmp_path / "a") == content(tmp_path / "whole")


@pytest.mark.parametrize(("before", "after"), [(0, 2), (2, 0), (1, 3)])
def test_another_number_in_between_needs_no_new_dream(tmp_path, picture, network, before, after):
    write(tmp_path / "whole", picture, network, between=after)
    write(tmp_path / "a", picture, network, between=before)
    state = (tmp_path / "a/state.npz").stat().st_mtime_ns
    write(tmp_path / "a", picture, network, between=after, resume=True)
    assert content(tmp_path / "a") == content(tmp_path / "whole")
    assert (tmp_path / "a/state.npz").stat().st_mtime_ns == state


def test_own_pictures_that_are_called_as_frames_in_between_stay(tmp_path, picture, network):
    from PIL import Image

    (tmp_path / "a").mkdir()
    Image.new("RGB", (5, 5)).save(tmp_path / "a/0000_1.png")
    with pytest.raises(DreamError, match="0000_1.png is not a frame of this program"):
        write(tmp_path / "a", picture, network, between=1)
    write(tmp_path / "a", picture, network)  # which are none of its business without any


@pytest.mark.parametrize("options", [{"loop": True}, {"start": True}, {"blend_in": 2}])
def test_another_motion_is_another_sequence(tmp_path, picture, network, options):
    write(tmp_path / "a", picture, network)
    with pytest.raises(DreamError, match=f"was made with another {[*options][0]}"):
        write(tmp_path / "a", picture, network, resume=True, **options)


def test_a_longer_loop_is_another_one(tmp_path, picture, network):
    write(tmp_path / "a", picture, network, loop=True)
    with pytest.raises(DreamError, match="was made with another loop: 4, now 5"):
        write(tmp_path / "a", picture, network, loop=True, frames=5, resume=True)


@pytest.mark.parametrize("options", MOTIONS[:4])
def test_the_notes_of_a_directory_make_its_recipe_again(tmp_path, picture, network, options):
    write(tmp_path / "a", picture, network, **options)
    recipe = recipe_from_notes(json.loads(json.dumps(read_settings(tmp_path / "a"))))
    assert recipe.sequence == make_job(picture, network, frames=4, **QUICK, **options).recipe.sequence


def test_frames_beyond_9999_are_sorted_as_numbers(tmp_path, picture, network):
    for number in (9998, 9999, 10000, 10001):
        (tmp_path / f"{number:04d}.png").touch()
    assert [number for number, _ in frame_files(tmp_path)] == [9998, 9999, 10000, 10001]
    assert len(make_job(picture, network, frames=20_000).numbers) == 20_000
