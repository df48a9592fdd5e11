import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from dreamcore.errors import DreamError
from dreamcore.parameters import PARAMETERS
from dreamcore.pictures import read_picture, to_bytes
from dreamcore.sequence import dream_sequence
from dreamcore.sequence.clips import Clip
from dreamcore.worker import recipes
from dreamcore.worker.engine import Engine, Wrong
from dreamcore.worker.pixels import blank

PICTURE = np.random.default_rng(0).uniform(0, 255, (64, 72, 3)).astype("f4")
QUICK = {"frames": 2, "iterations": 1, "octaves": 1}


@pytest.fixture(scope="module")
def engine():
    return Engine()


def nothing(*_):
    pass


def frames_of(engine, picture=PICTURE, **asked):
    return list(engine.frames(picture, progress=nothing, **asked)[1])


def test_what_an_empty_parameter_means_is_what_the_table_says():
    defaults = Engine().hello()["defaults"]
    assert defaults == {name: row.default for name, row in PARAMETERS.items()}


def test_what_a_dialog_asks_first_needs_no_torch():
    modules = "import sys, wand_tools, dreamcore.worker.animation, dreamcore.worker.server"
    asked = "from dreamcore.worker.engine import Engine; each = Engine(); each.hello(), each.recipes(), each.models()"
    code = f"{modules}; {asked}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_every_recipe_is_offered_with_plain_values():
    recipes = {recipe["name"]: recipe for recipe in Engine().recipes()}
    assert recipes["dogesine"]["about"]
    assert recipes["basic-zoom"]["values"]["transform"] == "zoom(0.05)"
    for recipe in recipes.values():
        assert [*recipe["values"]] == [*PARAMETERS]
        assert all(isinstance(value, (int, float, str)) for value in recipe["values"].values())


def test_what_is_given_stands_before_the_recipe_and_what_is_empty_does_not(engine):
    given = {"octaves": 2, "frames": "3", "transform": "", "seed": None}
    job, _ = engine.frames(PICTURE, progress=nothing, recipe="whirlpool", parameters=given)
    assert (job.recipe.dream.octaves, job.recipe.sequence.frames) == (2, 3)
    assert "swirl" in str(job.recipe.sequence.transform)
    job, _ = engine.frames(PICTURE, progress=nothing, recipe="whirlpool", parameters={"transform": "zoom(0.2)"})
    assert str(job.recipe.sequence.transform) == "zoom(0.2)"


def test_frames_in_between_and_the_way_back_of_a_loop_come_with_their_times(engine):
    parameters = {**QUICK, "frames": "3", "between": "1", "loop": "yes", "delay": "8"}
    job, frames = engine.frames(PICTURE, progress=nothing, parameters=parameters)
    assert job.delays == [4] * 6 and job.dreams == 6
    assert len(list(frames)) == 6


@pytest.mark.parametrize("nought", [0, "0"])
def test_a_seed_of_0_and_a_strength_of_0_are_values(engine, tmp_path, nought):
    recipe = tmp_path / "mine.toml"
    recipe.write_text("seed = 7\n[dream]\nstrength = 0.5\n")
    job, _ = engine.frames(
        PICTURE, progress=nothing, recipe=str(recipe), parameters={"seed": nought, "strength": nought}
    )
    assert (job.recipe.sequence.seed, job.recipe.dream.strength) == (0, 0)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"recipe": "whirlpol"}, "whirlpool"),
        ({"parameters": {"octave": 3}}, "octaves"),
        ({"parameters": {"transform": "zom(1)"}}, "zoom"),
        ({"parameters": {"model": "dreamlt"}}, "dreamlet"),
        ({"parameters": {"layer": "patern"}}, "patterns"),
        ({"parameters": {"layer": "2*patterns + chanels(parts, 1)"}}, "channels"),
        (
            {"parameters": {"iterations": 5000}},
            "=5000 is not allowed; allowed: a whole number from 1 to 1000",
        ),
        ({"parameters": {"octaves": "30"}}, "30.* from 1 to 20"),
        ({"parameters": {"seed": -1}}, "seed=-1 is not allowed"),
        ({"parameters": {"delay": 0}}, "delay=0 is not allowed"),
    ],
)
def test_what_is_not_allowed_is_said_before_a_picture_travels(engine, asked, words):
    with pytest.raises(DreamError, match=words):
        engine.check(blank(64, 64), **asked)


def test_each_parameter_that_is_wrong_by_itself_is_named(engine):
    asked = {"transform": "zom(1)", "iterations": "0", "octaves": "2", "layer": "patern"}
    with pytest.raises(Wrong) as caught:
        engine.check(blank(64, 64), parameters=asked)
    assert {*caught.value.parameters} == {"transform", "iterations", "layer"}
    assert "zoom" in caught.value.parameters["transform"] and "patterns" in caught.value.parameters["layer"]


def test_a_model_that_is_not_there_is_what_is_wrong_and_not_its_layer(engine):
    with pytest.raises(Wrong) as caught:
        engine.check(blank(64, 64), parameters={"model": "dreamlt", "layer": "parts"})
    assert {*caught.value.parameters} == {"model"}


def test_a_recipe_that_is_wrong_itself_blames_no_parameter(engine):
    with pytest.raises(Wrong) as caught:
        engine.check(blank(64, 64), recipe="whirlpol", parameters={"octaves": "2"})
    assert caught.value.parameters == {}


def test_a_recipe_is_saved_with_what_is_given_in_its_place_and_read_again(engine, tmp_path):
    said = engine.save("whirlpool", {"octaves": "2", "frames": ""}, str(tmp_path / "mine.toml"), "Mine.")
    row = engine.recipe(said["path"])
    assert said["name"] == row["name"] == str(tmp_path / "mine.toml") and row["about"] == "Mine."
    assert row["values"]["octaves"] == 2
    assert row["values"]["transform"] == engine.recipe("whirlpool")["values"]["transform"]


def test_a_recipe_that_is_saved_by_a_name_is_one_of_the_users_own(engine, tmp_path, monkeypatch):
    monkeypatch.setattr(recipes, "own_recipes", lambda: tmp_path)
    monkeypatch.setattr("dreamcore.sequence.recipe.own_recipes", lambda: tmp_path)
    assert engine.save("", {"octaves": "2"}, "slow-whirl", "")["name"] == "slow-whirl"
    assert engine.recipe("slow-whirl")["own"] and not engine.recipe("whirlpool")["own"]


@pytest.mark.parametrize("path", ["", "../other", ".hidden", "a/b"])
def test_what_is_no_name_of_a_recipe_is_refused(engine, path):
    with pytest.raises(DreamError, match="no name of a recipe"):
        engine.save("", {}, path, "")


def test_a_child_is_like_its_parent_and_not_the_same(engine):
    parent = engine.recipe("whirlpool")["values"]
    one, other = (engine.breed("whirlpool", {"frames": "9"}, seed, 0.3) for seed in (1, 2))
    assert one["values"]["frames"] == 9 and one["name"] == "whirlpool"
    assert one["values"] != other["values"] and one["values"] != {**parent, "frames": 9}


def test_a_check_answers_the_memory_of_the_plan_and_the_time_where_it_is_asked_for(engine, monkeypatch):
    import dreamcore.sequence as sequence

    monkeypatch.setattr(sequence, "plan_job", lambda job, memory: SimpleNamespace(memory=12345, seconds=None))
    monkeypatch.setattr(sequence, "foretell", lambda job, plan, paces: SimpleNamespace(memory=plan.memory, seconds=9))
    assert engine.check(blank(64, 48)) == {"memory": 12345}
    assert engine.check(blank(64, 48), seconds=True) == {"memory": 12345, "seconds": 9}


def test_the_time_is_measured_for_a_picture_without_content(engine):
    assert engine.check(blank(64, 48), seconds=True, parameters=QUICK)["seconds"] > 0


def test_the_pace_is_measured_once_for_a_network(engine, monkeypatch):
    engine.check(blank(64, 48), seconds=True, parameters=QUICK)
    monkeypatch.setattr("dreamcore.ascent.pace._pace", lambda *_: pytest.fail("measured again"))
    assert engine.check(blank(64, 48), seconds=True, parameters={**QUICK, "frames": "9"})["seconds"] > 0


def test_a_check_takes_no_memory_for_the_picture(engine):
    import tracemalloc

    engine.check(blank(64, 64), parameters=QUICK)
    tracemalloc.start()
    engine.check(blank(3000, 2000), parameters=QUICK)
    assert tracemalloc.get_traced_memory()[1] < 10 * 10**6
    tracemalloc.stop()


def test_a_check_counts_the_mask_and_takes_the_guide(engine):
    plain = engine.check(blank(600, 400), parameters=QUICK)["memory"]
    mask = blank(600, 400)[..., 0]
    masked = engine.check(blank(600, 400), mask=mask, guide=blank(64, 64), parameters={**QUICK, "layer": "parts"})
    assert masked["memory"] > engine.check(blank(600, 400), parameters={**QUICK, "layer": "parts"})["memory"]
    assert plain > 10**8


def test_a_picture_that_cannot_fit_is_refused(engine, monkeypatch):
    monkeypatch.setattr("dreamcore.large.memory.free_memory", lambda device: 0)
    with pytest.raises(DreamError, match="a picture of 2000x1500 pixels .* memory"):
        engine.check(blank(2000, 1500), parameters=QUICK)


def test_frames_are_those_of_the_loop(engine):
    job, frames = engine.frames(PICTURE, progress=nothing, parameters=QUICK)
    expected = dream_sequence(PICTURE, job.network, **QUICK)
    for frame, other in zip(frames, expected, strict=True):
        np.testing.assert_array_equal(frame, other)


def test_pictures_of_a_clip_that_come_one_at_a_time_are_dreamed_as_the_clip(engine):
    pytest.importorskip("cv2")
    frames = [np.roll(PICTURE, 3 * number, 1) for number in range(3)]
    asked = {"iterations": 1, "octaves": 1, "follow": 0.8}
    clip = Clip(SimpleNamespace(count=3, durations=[None] * 3, plays=None, read=frames.__getitem__, files=tuple))
    network = engine.frames(PICTURE, progress=nothing)[0].network
    expected = dream_sequence(clip, network, "whirlpool", transform="chain()", **asked)
    told = {"parameters": {**asked, "frames": 1, "transform": "chain()"}, "recipe": "whirlpool", "follows": True}
    dreamed = [frames_of(engine, each, first=number, **told)[0] for number, each in enumerate(frames)]
    for frame, other in zip(dreamed, expected, strict=True):
        np.testing.assert_array_equal(frame, other)
    alone = frames_of(engine, frames[2], first=2, **{**told, "follows": False})[0]
    assert np.abs(alone - dreamed[2]).max() > 1


def test_a_picture_of_another_size_begins_anew(engine):
    told = {"parameters": {**QUICK, "frames": 1}, "first": 1}
    frames_of(engine, PICTURE, follows=True, **told)
    small = PICTURE[:60]
    np.testing.assert_array_equal(frames_of(engine, small, follows=True, **told), frames_of(engine, small, **told))


def test_the_mask_works_within_the_ascent_and_a_transform_moves_the_whole_picture(engine):
    mask = np.zeros((64, 72), "f4")
    mask[20:40, 20:40] = 1
    first, second = frames_of(engine, mask=mask, parameters={**QUICK, "transform": "roll(rows, shift=3)"})
    outside = mask == 0
    np.testing.assert_allclose(first[outside], PICTURE[outside], atol=1e-3)
    assert np.abs(first - PICTURE)[~outside].mean() > 0.1
    np.testing.assert_allclose(second[outside], np.roll(first, 3, 1)[outside], atol=1e-3)


def test_a_guide_picture_and_an_objective_text_are_taken(engine):
    plain, guided, named = (
        frames_of(engine, parameters={**QUICK, "frames": 1, **more}, **guide)[0]
        for more, guide in (
            ({"layer": "parts"}, {}),
            ({"layer": "parts"}, {"guide": PICTURE}),
            ({"layer": "guide(first, parts)"}, {}),
        )
    )
    assert np.abs(plain - guided).max() > 1
    np.testing.assert_array_equal(guided, named)


def test_a_preview_takes_the_fastest_precision_and_the_dream_float32(monkeypatch):
    monkeypatch.setattr("dreamcore.network.precision._has_bfloat16", lambda device: True)
    engine = Engine()
    found = [
        engine.frames(PICTURE, progress=nothing, precision=each)[0].network.precision for each in ("auto", "float32")
    ]
    assert found == ["bfloat16", "float32"]


def test_a_network_is_loaded_once(engine):
    first, second = (engine.frames(PICTURE, progress=nothing)[0].network for _ in range(2))
    assert first is second


def test_a_picture_of_its_own_is_not_transformed_and_has_the_random_numbers_of_its_frame(engine):
    (third,) = frames_of(engine, first=3, parameters={**QUICK, "frames": 1})
    job, _ = engine.frames(PICTURE, progress=nothing, first=3, parameters={**QUICK, "frames": 1})
    assert [*job.numbers] == [3]
    (first,) = frames_of(engine, parameters={**QUICK, "frames": 1})
    assert np.abs(third - first).max() > 1
    (kept,) = frames_of(engine, first=3, parameters={**QUICK, "frames": 1, "strength": 0})
    np.testing.assert_allclose(kept, PICTURE, atol=1e-3)


def test_a_cancelled_dream_stops_between_two_steps(engine):
    def stop(done, total):
        raise KeyError("stop")

    with pytest.raises(KeyError):
        next(engine.frames(PICTURE, progress=stop, parameters=QUICK)[1])


def test_an_atlas_has_the_size_of_the_picture_and_the_layers_of_the_model(engine):
    first = next(engine.atlas(PICTURE, "", ""))
    assert first.pixels.shape == PICTURE.shape and str(first.objective) in engine.layers("")["layers"]
    channel = next(engine.atlas(PICTURE, "", "parts"))
    assert str(channel.objective).startswith("channels(parts, ")


def test_frames_after_a_frame_go_on_as_the_run_itself_would(engine):
    asked = {**QUICK, "frames": 4, "transform": "zoom(0.1)", "seed": 3}
    whole = frames_of(engine, parameters=asked)
    job, rest = engine.frames(whole[1], progress=nothing, parameters={**asked, "frames": 2}, after=1)
    given, *rest = rest
    assert np.array_equal(given, whole[1]) and job.numbers == range(1, 4)
    np.testing.assert_array_equal(np.array(rest), np.array(whole[2:]))


def test_what_follows_a_frame_of_a_loop_is_no_loop(engine):
    job, _ = engine.frames(PICTURE, progress=nothing, parameters={**QUICK, "frames": 3, "loop": "yes"}, after=5)
    assert (job.recipe.sequence.loop, job.numbers) == (False, range(5, 9))


def test_frames_go_into_a_folder_where_one_is_asked_for(engine, tmp_path):
    frames = frames_of(engine, parameters=QUICK)
    _, files = engine.files(PICTURE, str(tmp_path / "dream"), progress=nothing, parameters=QUICK)
    files = list(files)
    assert [path.name for path in files] == ["0000.png", "0001.png"]
    assert np.array_equal(read_picture(files[1]).rgb, to_bytes(frames[1]))
    assert (tmp_path / "dream/sequence.json").exists()
