"""Mutations: whatever chance does, a recipe stays one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from dreamcore.ascent.objectives import parse_objective
from dreamcore.farm.mutating import Mutation, steps_of
from dreamcore.grammar.terms import NONE
from dreamcore.kinds import number, whole
from dreamcore.models.known import ROLES
from dreamcore.sequence.recipe import Recipe, load_recipe, read_recipe, recipe_files, recipe_text
from dreamcore.transforms import REGISTRY, parse

seeds = some.integers(0, 10**6)


def mutation(seed, spread=0.3):
    return Mutation(np.random.default_rng(seed), spread)


@given(seeds, some.sampled_from([*recipe_files()]), some.sampled_from([0.05, 0.3, 1]))
def test_every_mutation_of_every_recipe_is_a_recipe_that_reads_back_equal(seed, name, spread):
    mutated = mutation(seed, spread).recipe(load_recipe(name))
    assert read_recipe(recipe_text(mutated), name) == mutated
    assert 1 <= len(steps_of(mutated.sequence.transform)) <= max(4, len(steps_of(load_recipe(name).sequence.transform)))


@given(seeds, some.sampled_from([0.1, 0.5, 1]), some.sampled_from([0, 0.02, 0.5, 1, 40]))
def test_numbers_stay_within_their_ranges(seed, spread, value):
    rows = [number("a", 0.5, 0, 40, ""), number("a", 0, -40, 40, ""), whole("a", 3, 0, None, "")]
    for row in rows:
        row.check(mutation(seed, spread)._number(row, round(value) if row.kind == "whole" else value))


def test_a_small_spread_moves_numbers_less_than_a_large_one():
    row = number("angle", 2, -360, 360, "degrees")
    near, far = ([abs(mutation(seed, spread)._number(row, 2) - 2) for seed in range(200)] for spread in (0.05, 0.5))
    assert 0 < np.median(near) < 0.1 < np.median(far) < 2


def test_a_positive_number_without_an_end_grows_and_shrinks_by_factors():
    row = whole("iterations", 10, 1, 1000, "")
    found = [mutation(seed, 1)._number(row, 10) for seed in range(300)]
    assert min(found) == 5 and max(found) == 20
    assert sum(each < 10 for each in found) == pytest.approx(sum(each > 10 for each in found), rel=0.3)


def test_numbers_keep_the_digits_that_count():
    found = [mutation(seed)._number(number("amount", 0.05, -9, 0.99, ""), 0.05) for seed in range(50)]
    assert all(float(f"{each:.3g}") == each for each in found)


def test_layers_become_other_roles():
    found = {str(mutation(seed).objective(parse_objective("objects"))) for seed in range(100)}
    assert {*ROLES} <= found
    assert any(" + " in each for each in found)


def test_shifts_change_within_and_become_others():
    wave = parse("roll(columns, shift=sine(12))")
    found = [mutation(seed).term(wave).arguments["shift"] for seed in range(200)]
    assert {"sine", "ramp", "divide"} <= {each.row.name for each in found}
    assert len({str(each) for each in found if each.row.name == "sine"}) > 20


@pytest.mark.parametrize("shift", ["8*sin(n/20) + n/40", "linear(0:2, 9:30)", "7", "sine(sin(period=9), speed=2)"])
def test_shifts_of_every_kind_stay_shifts(shift):
    wave = parse(f"roll(columns, shift={shift})")
    for seed in range(40):
        mutated = mutation(seed, 1).term(wave)
        assert parse(str(mutated)) == mutated


def test_one_layer_alone_has_no_weight():
    found = [mutation(seed, 1).objective(parse_objective("objects")).terms for seed in range(60)]
    assert all(terms[0][0] == 1 for terms in found if len(terms) == 1)
    assert any(terms[0][0] != 1 for terms in found if len(terms) > 1)


def test_no_layer_is_summed_twice():
    for seed in range(60):
        terms = [term for _, term in mutation(seed, 1).objective(parse_objective("objects + 0.5*parts")).terms]
        assert all(term not in terms[:place] for place, term in enumerate(terms))


def test_steps_are_added_taken_away_exchanged_and_moved():
    chain = parse("chain(zoom(0.02), rotate(2), invert(1))")
    names = [[step.row.name for step in steps_of(mutation(seed).chain(chain))] for seed in range(200)]
    assert {2, 3, 4} == {len(each) for each in names}
    assert ["rotate", "zoom"] in [[each for each in one if each in ("zoom", "rotate")] for one in names]
    assert any(len(each) == 3 and not {"zoom", "rotate", "invert"} >= {*each} for each in names)


def test_one_step_alone_stays():
    names = [{step.row.name for step in steps_of(mutation(seed, 1).chain(parse("swirl(5)")))} for seed in range(60)]
    assert all("swirl" in each for each in names)


def test_what_is_new_needs_nothing_inside():
    chain = parse("zoom(0.02)")
    found = {step.row.name for seed in range(400) for step in steps_of(mutation(seed, 1).chain(chain))}
    assert len(found) > 20
    assert all(REGISTRY[name].children == NONE for name in found)


def test_terms_inside_others_change_as_well():
    found = {str(mutation(seed).term(parse("every(3, zoom(0.02))")).children[0]) for seed in range(40)}
    assert len(found) > 10


def test_files_layers_of_a_network_and_sounds_stay():
    recipe = read_recipe('transform = "blend(0.5, leaf.png)"\n[dream]\nlayer = "guide(first, parts)"\n')
    for seed in range(40):
        mutated = mutation(seed).recipe(recipe)
        assert "first" in str(mutated.dream.layer) or "guide" not in str(mutated.dream.layer)
        blends = [step for step in steps_of(mutated.sequence.transform) if step.row.name == "blend"]
        assert blends[0].arguments["source"] in ("leaf.png", "previous", "original")


def test_what_is_said_of_the_sequence_and_its_times_stays():
    recipe = Recipe().changed(frames=9, seed=4, delay=11, loop=True)
    mutated = mutation(1, 1).recipe(recipe)
    assert mutated.timing == recipe.timing
    assert (mutated.sequence.frames, mutated.sequence.seed, mutated.sequence.loop) == (9, 4, True)
