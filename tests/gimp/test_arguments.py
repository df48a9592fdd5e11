"""What the procedures take is the program's table of parameters; none of this needs GIMP."""

import ast
import doctest
import gettext
import io
import json
import re
import runpy
import shlex
import sys
from pathlib import Path

import pytest

from dreamcore.parameters import PARAMETERS, Dream, Sequence, Timing, Writing, as_json
from dreamcore.sequence.recipe import SHIPPED, load_recipe
from dreamcore.worker import terms
from gimp_plugin.catalogues import compile_catalogue

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "gimp_plugin/deep-dream"
sys.path.insert(1, str(PLUGIN))  # as GIMP does

import arguments  # noqa: E402
import commands  # noqa: E402
import procedures  # noqa: E402
import protocol  # noqa: E402
import sentences  # noqa: E402

DREAM, LAYERS, AGAIN, ON, ANIMATION = procedures.PROCEDURES
SAME = {"Deep Dream", "Normal", "normal", "Gamma", "Median", "Zoom", "n", "x", "y", "cs", "px", "s", "{} GB"}
GERMAN = gettext.GNUTranslations(
    io.BytesIO(compile_catalogue((PLUGIN / "locale/de.po").read_text(encoding="utf-8")))
).gettext


def of(procedure):
    return {each.name: each for each in procedures.PROCEDURES[procedure].arguments}


def test_the_copy_of_the_table_is_the_table():
    written = (PLUGIN / "parameters.json").read_text(encoding="utf-8")
    assert json.loads(written) == json.loads(json.dumps(as_json())), "run `make parameters`"
    assert written == runpy.run_path(str(ROOT / "tools/gimp_parameters.py"))["text"]()


def test_the_page_that_help_opens_is_the_guide():
    written = (PLUGIN / "guide.html").read_text(encoding="utf-8")
    assert written == runpy.run_path(str(ROOT / "tools/gimp_guide.py"))["text"](), "run `make parameters`"


def test_every_parameter_of_a_dream_is_an_argument():
    names = {name.replace("_", "-") for table in (Sequence, Dream) for name in table.parameters()}
    own = {"recipe", "delay", "source", "target", "mode", "opacity", "folder", "python"}
    assert {*of(DREAM)} == {*of(AGAIN)} == names | own
    assert {*of(ON)} == names | {"recipe", "delay", "python"}
    of_sequences = {"frames", "transform", "between", "loop", "start", "blend-in", "renew"}
    assert {*of(LAYERS)} == names - of_sequences | {"recipe", "follow", "source", "in-place", "python"}


def test_every_parameter_of_an_animation_is_an_argument_with_the_tables_range():
    rows = of(ANIMATION)
    names = {name.replace("_", "-") for table in (Timing, Writing) for name in table.parameters()}
    assert {*rows} == names | {"file", "python"} and {*arguments.OF_GIF} <= names
    assert [key for key, _label in rows["palette"].limits] == ["frame", "global", "scene"]
    assert rows["max-size"].kind == "string" and rows["palette"].default == "frame"
    assert rows["plays"].limits == (0, 65535, 0) and rows["plays"].kind == "int"
    assert rows["hold-first"].limits == (0, 600, 0) and rows["hold-first"].kind == "double"
    assert rows["ping-pong"].limits == (False,) and rows["ping-pong"].kind == "boolean"


@pytest.mark.parametrize("procedure", [DREAM, LAYERS, AGAIN, ON])
def test_what_is_left_to_the_recipe_is_an_empty_text(procedure):
    for each in procedures.PROCEDURES[procedure].arguments:
        if each.row and each.name != "guide":
            assert (each.kind, each.limits) == ("string", ("",)), each.name


def test_help_range_and_unit_are_the_tables():
    row, argument = PARAMETERS["iterations"], of(DREAM)["iterations"]
    assert (
        argument.help
        == f"Iterations: steps for each octave. From {row.low} to {row.high}. Empty takes what the recipe says."
    )
    assert of(DREAM)["seed"].help.startswith("Seed: of everything random. From 0. ")
    assert of(DREAM)["delay"].label == "Dela_y (cs)" and "centiseconds" in of(DREAM)["delay"].help


def test_a_new_parameter_needs_no_line_here():
    row = {"name": "calm_down", "kind": "number", "default": 0, "low": 0, "high": 1, "unit": "", "help": "how calm"}
    assert arguments.label(row) == "Calm down"
    assert arguments.sentence(row) == "Calm down: how calm. From 0 to 1."


def test_nought_is_a_value_and_empty_is_none():
    values = {"recipe": "", "seed": "0", "strength": "0", "iterations": "", "octave-scale": "1.2", "guide": object()}
    given = {"seed": "0", "strength": "0", "octave_scale": "1.2"}
    assert arguments.job_fields({**values, "target": "group", "python": ""}) == {"recipe": "", "parameters": given}
    assert arguments.job_fields({"plays": 0, "reverse": False, "delay": ""})["parameters"] == {
        "plays": 0,
        "reverse": False,
    }


@pytest.mark.parametrize(
    ("name", "text", "steps", "expected"),
    [
        ("iterations", "10", 1, "11"),
        ("iterations", "1", -1, "1"),
        ("iterations", "995", 10, "1000"),
        ("seed", "12345678", 1, "12345679"),
        ("strength", "0.5", 1, "0.55"),
        ("octave_scale", "1.4", -1, "1.3"),
        ("delay", "7", 1, "8"),
        ("jitter", "0:2, 20:5", 1, "0:2, 20:5"),
        ("jitter", "", 1, ""),
    ],
)
def test_counting_keeps_to_the_range_and_lets_schedules_be(name, text, steps, expected):
    assert arguments.counted(arguments.TABLE[name], text, steps) == expected


@pytest.mark.parametrize(("value", "text"), [(True, "yes"), (False, "no"), (3, "3"), ("0:2, 5:3", "0:2, 5:3")])
def test_what_a_recipe_says_is_shown_as_one_would_type_it(value, text):
    assert arguments.value_text(value) == text


@pytest.mark.parametrize("module", [arguments, commands, protocol, sentences])
def test_the_examples_run(module):
    results = doctest.testmod(module)
    assert results.attempted and not results.failed


def texts():
    """Yield every text that the plug-in shows."""
    for path in PLUGIN.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_"
            if is_call and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value
    for procedure in procedures.PROCEDURES.values():
        for each in procedure.arguments:
            if each.row and each.name != "guide":
                yield each.row["help"]
                yield arguments.LABELS.get(each.row["name"]) or each.row["name"].replace("_", " ").capitalize()
                yield from (word for word in each.row["choices"] if word not in arguments.CHOICES)
    for path in SHIPPED.glob("*.toml"):
        yield path.stem.replace("-", " ").capitalize()
        yield load_recipe(path).about
    for row in (row for rows in terms.vocabulary().values() for row in rows):
        yield from (row["name"].replace("_", " ").capitalize(), row["group"], row["help"])
        for each in row["parameters"]:
            yield from (each["name"].replace("_", " "), each["help"])
            yield from each["choices"] if each["kind"] == "choice" else ()
    yield from (*arguments.SWITCH, "weight", *map(sentences.plain, sentences.SENTENCES))


def test_every_text_of_the_plug_in_and_every_sentence_and_term_of_the_worker_is_translated_into_german():
    assert [text for text in texts() if GERMAN(text) == text and text not in SAME] == []


def test_a_translation_has_a_place_for_all_that_varies():
    for text in {*texts()}:
        places, own = (re.findall(r"{(.*?)}", each.replace(":label", "")) for each in (text, GERMAN(text)))
        is_numbered = own and all(map(str.isdecimal, own))
        assert all(int(place) < len(places) for place in own) if is_numbered else own == places, text


def test_the_catalogue_has_nothing_that_is_not_shown():
    written = (PLUGIN / "locale/de.po").read_text(encoding="utf-8")
    entries = [json.loads(f'"{text}"') for text in re.findall(r'^msgid "(.+)"$', written, re.M)]
    assert sorted({*entries} - {*texts()}) == []
    assert len(entries) == len({*entries})


OF_DREAMS = ("_Dream", "_Preview", "Sho_w more settings", "Re_cipe", "_Help")
GIMPS = [
    "_Reset",
    "_Save Settings",
    "_Load Saved Settings",
]  # of the dialog of an animation; other dialogs do as it does


@pytest.mark.parametrize("translate", [str, GERMAN])
@pytest.mark.parametrize("procedure", [DREAM, LAYERS, AGAIN, ON, ANIMATION])
def test_no_two_letters_of_a_dialog_are_the_same(procedure, translate):
    own = ["_Help", "_Export"] if procedure == ANIMATION else [*OF_DREAMS]
    own += GIMPS if procedure != ANIMATION or translate is str else []  # GIMP translates those of an animation's dialog
    own += [
        arguments.LABELS[each.row["name"]] if each.row else each.label
        for each in procedures.PROCEDURES[procedure].arguments
        if each.name != "recipe" and (procedure != ANIMATION or each.name != "python")
    ]
    letters = [text[text.index("_") + 1].lower() for text in map(translate, own) if "_" in text]
    assert sorted(letters) == sorted({*letters})


# what can be used at a time in a window: while it dreams, in the builders, in the atlas, and where a recipe is saved
TOGETHER = [
    ("_Preview", "Pa_use", "_Stop and keep the frames"),
    ("_Close", "As _text", "_Add a transform ..."),
    ("_Close", "As _text", "_Add something to dream ..."),
    ("_Close", "C_hannels of {}"),
    ("_Cancel", "_Save", "_Name", "_About"),
]


@pytest.mark.parametrize("translate", [str, GERMAN])
@pytest.mark.parametrize("own", TOGETHER)
def test_no_two_letters_of_another_window_are_the_same(own, translate):
    letters = [translate(text).partition("_")[2][0].lower() for text in own]
    assert sorted(letters) == sorted({*letters})
    assert {*own} <= {*texts()}


def test_the_command_is_one_that_the_program_reads_as_the_same_job():
    from dreamcore.cli.animate import command

    parameters = {"octave_scale": "1.2", "loop": "yes", "start": "no", "transform": "zoom(0.1)", "layer": "-1*parts"}
    line = commands.command({"recipe": "whirlpool", "parameters": parameters}, "my photo.jpg", ["mask", "guide"])
    program, name, *words = shlex.split(line)
    assert (program, name) == ("dreamcore", "animate")
    read = command.make_context(name, words).params
    assert read["recipe"] == "whirlpool" and (read["loop"], read["start"]) == (True, False)
    assert (read["transform"], read["layer"], read["octave_scale"]) == (("zoom(0.1)",), "-1*parts", "1.2")
    assert str(read["mask"]) == "mask.png" and str(read["guide"]) == "guide.png"
