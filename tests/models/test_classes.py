"""Which class of a classifier is meant by a word."""

import pytest

from dreamcore import DreamError, class_, load_network
from dreamcore.models.classes import find_class, find_classes
from tests.network.small import write_model

NAMES = (
    ("tench", "Tinca tinca"),
    ("crane",),
    ("crane",),
    ("great white shark", "white shark"),
    ("tiger shark",),
    ("hen",),
)


def number(name, names=NAMES):
    return find_class(name, names, 6, "small")


@pytest.fixture(scope="module")
def imagenet(tmp_path_factory):
    return find_classes(tmp_path_factory.mktemp("folder"), 1000)


def test_the_table_names_the_thousand_classes_of_imagenet_in_the_order_of_caffes_networks(imagenet):
    assert len(imagenet) == 1000
    known = {0: "tench", 107: "jellyfish", 281: "tabby", 444: "bicycle-built-for-two", 999: "toilet tissue"}
    assert {number: imagenet[number][0] for number in known} == known
    assert imagenet[2] == (
        "great white shark",
        "white shark",
        "man-eater",
        "man-eating shark",
        "Carcharodon carcharias",
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *(("hen", 5), ("Tinca_Tinca", 0), ("white-shark", 3), (4, 4), ("tiger", 4), ("great  WHITE", 3)),
        ("Great white shark, white shark", 3),
    ],
)
def test_a_class_is_found_by_any_of_its_names_by_words_of_one_and_by_number(name, expected):
    assert number(name) == expected


def test_a_name_comes_before_a_synonym_of_another_class_and_that_before_a_part_of_a_name(imagenet):
    found = {name: find_class(name, imagenet, 1000, "") for name in ("missile", "tabby cat", "mouse", "tub", "volcano")}
    assert found == {"missile": 657, "tabby cat": 281, "mouse": 673, "tub": 876, "volcano": 980}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("crane", "'crane' is in the names of 2 classes: 1 crane, 2 crane; give a whole name, or the number"),
        ("shark", "'shark' is in the names of 2 classes: 3 great white shark, 4 tiger shark; give"),
        ("tensh", r"""small has no class 'tensh' \(did you mean "tench"\?\)"""),
        (6, "small has no class 6; allowed are 0 to 5"),
    ],
)
def test_what_is_not_clear_is_said_in_one_line(name, message):
    with pytest.raises(DreamError, match=message):
        number(name)


def test_a_word_in_many_names_lists_a_dozen(imagenet):
    with pytest.raises(DreamError, match=r"'terrier' is in the names of \d+ classes: (\d+ [\w -]+, ){12}\.\.\.; give"):
        find_class("terrier", imagenet, 1000, "")


def test_without_names_for_as_many_classes_a_number_is_asked_for():
    with pytest.raises(
        DreamError, match="small has 6 classes, and no labels.txt beside its weights names them; give the"
    ):
        number("hen", ())
    with pytest.raises(DreamError, match="small has 6 classes, and 5 are named beside its weights; give the number"):
        number("hen", NAMES[1:])


def test_a_file_beside_the_weights_names_the_classes(tmp_path):
    prototxt, _ = write_model(tmp_path)
    assert load_network(tmp_path, device="cpu").classes == ()
    lines = ["# ours", "n01440764 tench, Tinca tinca", "/a/art_gallery 1", "hen", "", "a b", "c", "d"]
    (tmp_path / "labels.txt").write_text("\n".join(lines))
    network = load_network(tmp_path, device="cpu")
    assert network.classes == (("tench", "Tinca tinca"), ("art_gallery",), ("hen",), ("a b",), ("c",), ("d",))
    assert class_("art gallery").on(network) == class_("art gallery")
    with pytest.raises(DreamError, match="no class 'hens'.*did you mean \"hen\""):
        class_("hens").on(network)


def test_a_network_without_a_classifier_has_no_classes(tmp_path):
    network = load_network("dreamlet", device="cpu")
    with pytest.raises(DreamError, match="dreamlet is no classifier: it has no classes to dream of"):
        class_("jellyfish").on(network)
