from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamcore import l2
from dreamcore.errors import DreamError
from dreamcore.sequence.recipe import (
    SHIPPED,
    Recipe,
    load_recipe,
    read_recipe,
    recipe_files,
    recipe_from_notes,
    recipe_text,
    save_recipe,
)
from dreamcore.sequence.values import differences
from dreamcore.transforms import Keyframes, chain, parse, roll, zoom

GALLERY = [
    "basic-zoom",
    "vertical-stretch",
    "reversed-vertical-stretch",
    "column-rolling",
    "dogesine",
    "random-shifts",
    "always-downward",
    "game-of-doge",
    "you-wow-or-you-die",
    "prewitt",
    "edge-invention",
    "gaussian",
]
WHOLE = """
about = "Everything at once."
frames = 12
seed = 4
guide = "first"
transform = ["zoom(0.02)", "roll(shift=n/15)"]

[dream]
layer = "0:textures, 5:parts"
octaves = 3

[animation]
delay = 9
plays = 2
reverse = true
"""


def test_the_gallery_and_at_least_twelve_others_are_there():
    assert set(GALLERY) <= set(recipe_files())
    assert len(recipe_files()) >= len(GALLERY) + 12


@pytest.mark.parametrize("name", [path.stem for path in sorted(SHIPPED.glob("*.toml"))])
def test_a_recipe_of_the_program_is_correct_and_says_what_is_seen(name):
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.about.endswith(".") and len(recipe.about) < 120
    assert read_recipe(recipe_text(recipe), name) == recipe


def test_a_recipe_is_read_whole():
    recipe = read_recipe(WHOLE, "mine")
    assert recipe.sequence.transform == chain(zoom(0.02), roll(shift="n/15"))
    assert differences(recipe.dream) == {"layer": "step(0:textures, 5:parts)", "octaves": 3}
    assert recipe.dream.layer == Keyframes(((0, l2("textures")), (5, l2("parts"))), "step")
    assert differences(recipe.timing) == {"delay": 9, "plays": 2, "reverse": True}
    assert (recipe.name, recipe.sequence.frames, recipe.sequence.seed, recipe.sequence.guide) == (
        "mine",
        12,
        4,
        "first",
    )
    assert read_recipe(recipe_text(recipe), "mine") == recipe


def test_an_empty_recipe_is_the_default_zoom():
    assert read_recipe("") == Recipe().changed(transform=zoom(0.05))


@pytest.mark.parametrize(
    "text, message",
    [
        ("transfrom = 'zoom'", 'no key "transfrom" .did you mean "transform".. in a recipe'),
        ("[dream]\nlayr = 'parts'", "did you mean 'layer'|did you mean \"layer\""),
        ("[dream]\noctaves = 99", "octaves=99 is not allowed"),
        ("[animation]\ndely = 3", 'did you mean "delay"'),
        ("[animation]\nplays = -1", "plays=-1 is not allowed"),
        ("frames = 'many'", "frames=many is not allowed"),
        ("dream = 3", r"write \[dream\]"),
        ("transform = 3", "a text such as"),
        ("transform = 'zom(1)'", r'did you mean "zoom"(.|\n)*\^'),
        ("frames = = 3", "not a TOML file: .*line 1"),
        ("[dream]\nlayer = []", r"layer=\[\] is not allowed"),
        ("[dream]\nlayer = 'parts +'", r"a value is missing here(.|\n)*\^"),
        ("[dream]\nlayer = 'chanels(parts, 1)'", 'did you mean "channels"'),
    ],
)
def test_what_is_no_recipe_is_refused_in_words(text, message):
    with pytest.raises(DreamError, match=message):
        read_recipe(text)


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(DreamError, match='no recipe "basic-zom" .did you mean "basic-zoom"'):
        load_recipe("basic-zom")


def test_a_broken_file_is_named(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("seed = -1")
    with pytest.raises(DreamError, match="mine.toml: seed=-1"):
        load_recipe(path)
    with pytest.raises(DreamError, match="cannot read .*nowhere.toml"):
        load_recipe(tmp_path / "nowhere.toml")


def test_the_users_own_come_before_those_of_the_program(own_folder):
    own_folder.mkdir()
    (own_folder / "basic-zoom.toml").write_text("transform = 'zoom(0.5)'")
    (own_folder / "mine.toml").write_text("frames = 3")
    assert load_recipe("basic-zoom").sequence.transform == zoom(0.5)
    assert load_recipe("mine").sequence.frames == 3


def test_a_saved_recipe_loads_again(tmp_path):
    recipe = read_recipe(WHOLE, "mine")
    save_recipe(recipe, tmp_path / "mine.toml")
    assert load_recipe(tmp_path / "mine.toml") == recipe


def test_a_file_that_is_no_text_is_said_to_be_none(tmp_path):
    (tmp_path / "mine.toml").write_bytes(b"\x89PNG")
    with pytest.raises(DreamError, match="^cannot read .*mine.toml: it is no text in UTF-8$"):
        load_recipe(tmp_path / "mine.toml")


def test_a_recipe_is_a_toml_file(tmp_path):
    with pytest.raises(DreamError, match=r"a recipe is a \.toml file"):
        save_recipe(Recipe(), tmp_path / "mine.txt")


@given(st.text(max_size=30).filter(lambda text: not any("\ud800" <= one <= "\udfff" for one in text)))
def test_any_text_survives_saving(text):
    assert read_recipe(recipe_text(Recipe(about=text))).about == text


@pytest.mark.parametrize(
    "text",
    [
        "zoom(0.05)",
        "chain()",
        "chain(zoom(0.1))",
        "chain(zoom(0.1), chain(zoom, roll))",
        'blend(0.2, source="a \\"b\\".png")',
    ],
)
def test_any_transform_survives_saving(text):
    assert read_recipe(recipe_text(Recipe().changed(transform=text))).sequence.transform == parse(text)


def test_the_first_layer_that_a_model_has_is_taken():
    recipe = read_recipe("[dream]\nlayer = ['inception_3b/5x5_reduce', 'textures']")
    big = SimpleNamespace(layers=("inception_3b/5x5_reduce",), blobs=(), roles={}, resolve=str)
    small = SimpleNamespace(layers=("conv1",), blobs=(), roles={"textures": "conv1"}, resolve=str)
    assert recipe.dream.layer.on(big) == l2("inception_3b/5x5_reduce")
    assert recipe.dream.layer.on(small) == l2("textures")
    assert read_recipe(recipe_text(recipe)) == recipe


def test_a_recipe_comes_out_of_a_pictures_notes():
    notes = {
        "program": "dreamcore",
        "frame": 3,
        "seed": 7,
        "guide": None,
        "suffix": ".png",
        "parameters": {"layer": "parts", "octaves": "linear(0:1, 9:4)"},
        "transform": "chain(zoom(0.02), roll(columns))",
    }
    recipe = recipe_from_notes(notes)
    assert recipe.sequence.seed == 7 and recipe.sequence.transform == parse(notes["transform"])
    assert (recipe.dream.layer, recipe.dream.octaves) == (l2("parts"), Keyframes(((0, 1), (9, 4))))


def test_options_take_the_place_of_a_recipes_values():
    recipe = read_recipe(WHOLE).changed(transform=["zoom(0.1)"], octaves="5", frames=None, seed=9)
    assert recipe.sequence.transform == zoom(0.1)
    assert differences(recipe.dream) == {"layer": "step(0:textures, 5:parts)", "octaves": 5}
    assert (recipe.sequence.frames, recipe.sequence.seed, recipe.sequence.guide) == (12, 9, "first")


def test_a_guide_that_was_the_first_picture_comes_back_and_another_is_missed():
    notes = {"guide": "abc", "picture": {"sha256": "abc"}}
    assert recipe_from_notes(notes).sequence.guide == "first"
    with pytest.warns(UserWarning, match="name it as guide"):
        assert recipe_from_notes({**notes, "guide": "def"}).sequence.guide == ""


def test_a_recipe_that_an_editor_began_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbfframes = 3\r\n")
    assert load_recipe(path).sequence.frames == 3


def test_every_digit_of_a_seed_is_kept():
    recipe = Recipe().changed(seed=12345678901234567891)
    assert read_recipe(recipe_text(recipe)).sequence.seed == 12345678901234567891
    assert Recipe().changed(seed="12345678901234567891").sequence.seed == 12345678901234567891


def test_the_colours_of_a_model_are_not_those_of_another():
    recipe = read_recipe('model = "small"\n[colours]\nmean = 128\norder = "rgb"')
    assert recipe.changed(seed=3, model="small").colours == {"mean": (128,), "order": "rgb"}
    assert recipe.changed(model="other").colours == {}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("mean = [1, 2, 300]", "from 0 to 255"),
        ('mean = "a.npy"', "a mean is a number for each channel"),
        ('scale = "x"', "wanted is a number"),
        ("scale = 0", "allowed is a number from"),
        ('order = "rbg"', 'did you mean "rgb"'),
        ("sacle = 1", 'did you mean "scale"'),
    ],
)
def test_what_cannot_be_said_of_colours_is_refused(line, message):
    with pytest.raises(DreamError, match=message):
        read_recipe(f"[colours]\n{line}")


@pytest.mark.parametrize("name", ["noted.png", "noted.gif"])
def test_a_picture_or_an_animation_that_carries_a_recipe_is_one(tmp_path, name):
    from PIL import Image, PngImagePlugin

    text = '{"seed": 7, "frames": 9, "parameters": {"octaves": 2}, "transform": "invert", "animation": {"delay": 3}}'
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("dreamcore", text)
    Image.new("L", (4, 3)).save(tmp_path / name, comment=text.encode(), pnginfo=chunks)
    recipe = load_recipe(tmp_path / name)
    assert (recipe.name, recipe.sequence.seed, recipe.sequence.frames) == ("noted", 7, 9)
    assert (recipe.dream.octaves, recipe.timing.delay, str(recipe.sequence.transform)) == (2, 3, "invert(1)")


def test_a_file_that_carries_no_recipe_says_so(tmp_path):
    (tmp_path / "mine.txt").write_text("frames = 3")
    with pytest.raises(DreamError, match="not a picture"):
        load_recipe(tmp_path / "mine.txt")
    with pytest.raises(DreamError, match="no recipe .*nowhere.gif"):
        load_recipe("nowhere.gif")


def test_a_picture_in_a_recipe_is_beside_it_and_stays_when_the_recipe_is_saved_elsewhere(tmp_path):
    (tmp_path / "mine.toml").write_text('picture = "photos/a.png"')
    recipe = load_recipe(tmp_path / "mine.toml")
    assert recipe.picture == str(tmp_path / "photos/a.png")
    (tmp_path / "photos").mkdir()
    save_recipe(recipe, tmp_path / "photos" / "other.toml")
    assert load_recipe(tmp_path / "photos" / "other.toml").picture == recipe.picture
