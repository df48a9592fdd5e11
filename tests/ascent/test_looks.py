"""Dreams that are smooth, blurred, natural in colour and robust, in all circumstances."""

from dataclasses import replace

import numpy as np
import pytest

from dreamcore import dream
from dreamcore.ascent import dreams
from dreamcore.ascent.octaves import octave_sizes
from dreamcore.large import store
from dreamcore.large.memory import PICTURE, bytes_per_pixel, program_bytes
from dreamcore.large.plan import Pyramid, plan_dreams
from dreamcore.network.colours import Colours
from tests.network.small import load

LOOKS = {"smooth": 0.7, "blur": 1.2, "colour": 1, "robustness": 6}
each_look = pytest.mark.parametrize("look", [{name: value} for name, value in LOOKS.items()] + [LOOKS], ids=str)


@pytest.fixture
def picture():
    return np.random.default_rng(3).uniform(0, 255, (40, 50, 3)).astype("f4")


def small(picture, network, **options):
    return dream(
        picture, network, **{"layer": "join", "iterations": 2, "octaves": 2, "jitter": 4, "seed": 1, **options}
    )


def test_without_a_look_nothing_is_done_to_a_gradient(picture, network, monkeypatch):
    for name in ("correlate", "equalise", "blurred"):
        monkeypatch.setattr(dreams, name, None)
    monkeypatch.setattr("dreamcore.ascent.robustness.turned", None)
    assert np.isfinite(small(picture, network)).all()


@each_look
def test_a_look_changes_the_dream_and_the_same_seed_gives_it_again(picture, network, look):
    dreamed = small(picture, network, **look)
    assert np.abs(dreamed - small(picture, network)).mean() > 0.1
    assert np.array_equal(dreamed, small(picture, network, **look))


def test_shifts_are_those_of_before_whatever_is_turned(picture, network, monkeypatch):
    seen = []
    take_step = dreams.take_step

    def noted(*arguments, **options):
        seen.append(options["offset"])
        return take_step(*arguments, **options)

    monkeypatch.setattr(dreams, "take_step", noted)
    small(picture, network)
    small(picture, network, robustness=9)
    assert seen[:4] == seen[4:]


@each_look
def test_the_mean_move_stays_the_step_size(picture, network, look):
    moved = small(picture, network, **look, iterations=1, octaves=1, clip=False, step_size=3) - picture
    assert np.abs(moved).mean() == pytest.approx(3, rel=1e-3)


@each_look
def test_nothing_happens_outside_the_mask(picture, network, look):
    mask = np.zeros((40, 50))
    mask[10:30, 10:30] = 1
    changed = np.abs(small(picture, network, mask=mask, **look) - picture).max(2) > 1e-3
    assert changed[10:30, 10:30].mean() > 0.9
    assert not changed[mask == 0].any()


@each_look
def test_several_pictures_dream_as_each_does_alone(picture, network, look):
    both = small(np.stack([picture, picture[::-1] ** 2 / 255]), network, **look)
    assert np.abs(both[1] - small(picture[::-1] ** 2 / 255, network, **look)).max() < 0.05


@each_look
def test_tiles_on_disk_give_the_dream_of_the_whole_picture(picture, network, look, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(store.tempfile, "tempdir", None)
    monkeypatch.setattr(store, "_STRIP", 300)
    ends = ("join",)
    sizes = octave_sizes((40, 50), 2, 1.4, network, ends)
    asked = Pyramid(ends, sizes, is_blended=False, is_smoothed="smooth" in look, is_turned="robustness" in look)
    little = program_bytes(network) + 2000 * (2 * PICTURE + 0.4 * bytes_per_pixel(network, ends, 40, 50))
    plan = plan_dreams(network, [asked], little)
    assert plan.disk > 0 and plan.tiles > 1 and plan.memory <= little
    tiled = small(picture, network, **look, plan=plan)
    assert np.abs(tiled - small(picture, network, **look, plan=replace(plan, disk=0))).max() < 0.05
    assert np.abs(tiled - small(picture, network, **look)).max() < 0.05


@each_look
def test_a_network_of_luminance_and_one_in_bfloat16_dream_so_too(picture, tmp_path, look):
    layers = (
        'name: "grey" input: "data" input_dim: 1 input_dim: 1 input_dim: 8 input_dim: 8\n'
        'layer { name: "out" type: "Convolution" bottom: "data" top: "out"'
        " convolution_param { num_output: 1 kernel_size: 3 pad: 1 } }"
    )
    weights = {"out": [np.random.default_rng(0).normal(0, 1, (1, 1, 3, 3)).astype("f4"), np.zeros(1, "f4")]}
    grey = load(tmp_path / "grey", layers, weights, colours=Colours((117.0,)))
    change = small(picture, grey, **look, layer="out") - picture
    assert np.abs(change).mean() > 0.1
    coarse = load(tmp_path / "coarse", precision="bfloat16")
    assert np.isfinite(small(picture, coarse, **look)).all()


@each_look
def test_a_picture_of_few_pixels_dreams_so_too(network, look):
    assert np.isfinite(small(np.full((3, 90, 3), 99.0), network, octaves=1, **look)).all()


def test_a_blur_takes_the_finest_away_and_smooth_steps_bring_the_coarse(picture, network):
    def coarse(dreamed):
        moved = np.abs(np.fft.fft2(dreamed - picture, axes=(0, 1))) ** 2
        frequency = np.hypot(np.fft.fftfreq(40)[:, None], np.fft.fftfreq(50))
        return moved[frequency < 0.1].sum() / moved.sum()

    plain, smooth, blurred = (
        coarse(small(picture, network, octaves=1, clip=False, **look)) for look in ({}, {"smooth": 1}, {"blur": 2})
    )
    assert plain < 0.5 * smooth
    assert plain < 0.5 * blurred
