"""Pages, as a browser shows them: from files, without a network."""

import shutil

import numpy as np
import pytest

from dreamcore.sheets import Entry, pages, write_page
from tests.sheets.cells import AXES, picture, write_cells

TITLE = "<b>photo</b> & co"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with cells, and their page."""
    folder = tmp_path_factory.mktemp("many")
    write_page(folder / "index.html", write_cells(folder), AXES, TITLE, pick="dreamcore breed many --like {}")
    return folder


@pytest.fixture
def page(chromium, folder):
    chromium.open(folder / "index.html")
    return chromium


def look(number):
    return f".cell:nth-child({number} of .cell) .look"


def source(number):
    return f"document.querySelector('{look(number)} img').getAttribute('src')"


SHOWN = "[...document.querySelectorAll('.cell:not([hidden]) b')].map(each => each.textContent).join()"
BIG = "document.getElementById('big').open"
NAME = "document.getElementById('name').textContent"
MANY = {"seed": [str(number) for number in range(120)]}


def test_a_page_asks_for_nothing_but_itself(page):
    assert page.until("[...document.images].filter(each => each.naturalWidth).length === 2")
    assert all(address.startswith(("file:", "data:")) for address in page.requested)


def test_texts_are_texts_and_no_markup(page):
    assert page.run("document.querySelector('h1').textContent") == TITLE
    assert page.run("document.title") == TITLE
    assert page.run("document.querySelectorAll('h1 b, fieldset i, figure i').length") == 0
    assert page.run(f"document.querySelector('{look(3)}').textContent") == "it </script> failed"
    assert page.run(f"document.querySelector('{look(4)}').textContent") == "not made yet"
    assert page.run("document.getElementById('count').textContent") == "4 cells, 1 failed, 1 not made yet"


def test_every_picture_has_a_text_in_its_place(page):
    texts = page.run("[1, 2].map(n => document.querySelectorAll('.cell img')[n - 1].alt)")
    assert texts == ["cell 1: textures · zoom(0.02)", "cell 2: objects · zoom(0.02)"]


def test_thumbnails_play_while_the_mouse_is_over_them(page):
    still = page.run(source(1))
    page.point_at(look(1))
    assert page.until(f"{source(1)} !== {still!r}")
    page.point_at("h1")
    assert page.until(f"{source(1)} === {still!r}")


def test_thumbnails_play_while_they_have_the_focus(page):
    still = page.run(source(2))
    page.run(f"document.querySelector('{look(2)}').focus()")
    assert page.until(f"{source(2)} !== {still!r}")


def test_nothing_moves_by_itself_where_motion_is_not_wanted(chromium, folder):
    chromium.open(folder / "index.html", prefers_reduced_motion="reduce")
    still = chromium.run(source(1))
    chromium.point_at(look(1))
    chromium.click(look(1))
    assert chromium.until(BIG) and chromium.run("document.getElementById('run').textContent") == "Play"
    assert chromium.run(source(1)) == still


def test_all_play_at_a_press_and_stop_at_the_next(page):
    still = page.run(source(1))
    page.click("#play")
    assert page.until(f"{source(1)} !== {still!r}")
    page.click("#play")
    assert page.until(f"{source(1)} === {still!r}")


def test_values_filter_or_within_an_axis_and_and_between_axes(page):
    page.click("[data-axis='0'][data-value='0']")
    assert page.run(SHOWN) == "1,3"
    assert page.run("document.getElementById('count').textContent") == "2 of 4"
    page.click("[data-axis='1'][data-value='1']")
    assert page.run(SHOWN) == "3"
    page.click("[data-axis='0'][data-value='1']")
    assert page.run(SHOWN) == "3,4"
    page.click("[data-axis='1'][data-value='1']")
    page.click("[data-axis='0'][data-value='0']")
    page.click("[data-axis='0'][data-value='1']")
    assert page.run(SHOWN) == "1,2,3,4"


def test_a_table_has_the_values_of_an_axis_across(page):
    heads = "[...document.querySelectorAll('.head, .rowhead')].map(each => each.textContent).join('|')"
    assert page.run(heads) == "textures|objects|zoom(0.02)|<i>roll</i>"
    column = f"document.querySelector('{look(2)}').closest('.cell').style.gridColumnStart"
    assert page.run(column) == "2"
    choose = (
        "(each => { each.value = '1'; each.dispatchEvent(new Event('change')); })(document.getElementById('columns'))"
    )
    page.run(choose)
    assert page.run(heads) == "zoom(0.02)|<i>roll</i>|textures|objects"
    assert page.run(column) == "1"


def test_a_click_shows_the_frames_and_keys_go_on_among_what_is_left(page):
    page.click("[data-axis='1'][data-value='0']")
    page.click(look(1))
    assert page.until(f"{BIG} && document.getElementById('shown').src.endsWith('/0001-%C3%A9%20%23/0001.png')")
    assert page.until("document.getElementById('shown').src.endsWith('0002.png')")  # it plays
    assert page.until("document.getElementById('shown').naturalWidth === 8")
    page.press("ArrowRight", 39)
    assert page.run(NAME) == "cell 2"
    page.press("ArrowRight", 39)
    assert page.run(NAME) == "cell 1"
    page.press("ArrowLeft", 37)
    page.press("Escape", 27)
    assert page.until(f"!{BIG} && document.activeElement === document.querySelector('{look(2)}')")


def test_space_pauses_what_plays(page):
    page.click(look(1))
    assert page.until("document.getElementById('run').textContent === 'Pause'")
    page.press(" ", 32)
    assert page.until("document.getElementById('run').textContent === 'Play'")


def test_a_failed_cell_says_why_in_full(page):
    page.click(look(3))
    assert page.until(BIG)
    assert page.run("document.getElementById('wrong').textContent") == "it </script> failed"


@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_recipe_can_be_copied(page, is_trusted):
    page.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    if not is_trusted:  # as of a browser that takes files for what may not be trusted
        page.run("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
    page.click(look(1 + is_trusted))
    page.click("#copy")
    assert page.until("document.getElementById('told').textContent === 'Recipe copied'")
    assert page.run("navigator.clipboard.readText()") == f"about = \"Größe <{1 + is_trusted}> & 'co'\"\n"


def test_those_that_are_picked_make_a_command(page):
    for number in (2, 1):
        page.click(f".cell:nth-child({number} of .cell) .pick")
    assert page.run("document.getElementById('command').textContent") == "dreamcore breed many --like 1,2"
    page.click(".cell:nth-child(2 of .cell) .pick")
    assert page.run("document.getElementById('command').textContent") == "dreamcore breed many --like 1"


def test_a_folder_may_be_moved_and_a_page_alone_shows_its_thumbnails(chromium, tmp_path):
    write_page(tmp_path / "index.html", write_cells(tmp_path), AXES, TITLE)
    (tmp_path / "else").mkdir()
    for name in ("0001-é #", "0002-é #", "index.html"):
        shutil.move(tmp_path / name, tmp_path / "else" / name)
    chromium.open(tmp_path / "else" / "index.html")
    chromium.click(look(1))
    assert chromium.until("document.getElementById('shown').src.endsWith('.png')")
    assert chromium.until("document.getElementById('shown').naturalWidth === 8")
    shutil.rmtree(tmp_path / "else" / "0001-é #")
    chromium.open(tmp_path / "else" / "index.html")
    chromium.click(look(1))
    assert chromium.until("document.getElementById('shown').src.startsWith('data:')")
    assert chromium.until("document.getElementById('shown').naturalWidth === 8")


def test_many_thumbnails_stand_beside_the_page_and_are_loaded_when_they_are_seen(chromium, tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "_INSIDE", 1000)
    (one, *_) = write_cells(tmp_path, frames=1)
    entries = [Entry(number, {"seed": str(number)}, one.frames) for number in range(120)]
    write_page(tmp_path / "index.html", entries, MANY, "Many")
    chromium.open(tmp_path / "index.html", height=600)
    assert chromium.until("document.images[0].naturalWidth === 8")
    loaded = [address for address in chromium.requested if "/thumbnails/" in address]
    assert 0 < len(loaded) < 120 and not [address for address in chromium.requested if address.startswith("data:")]


def test_arrays_are_shown_within_the_page_alone(chromium, tmp_path):
    write_page(tmp_path / "atlas.html", [Entry(5, {}, [picture(1, 0)])], {}, "Atlas", nouns=("channel", "channels"))
    assert [path.name for path in tmp_path.iterdir()] == ["atlas.html"]
    chromium.open(tmp_path / "atlas.html")
    chromium.click(look(1))
    assert chromium.until("document.getElementById('shown').naturalWidth === 8")
    assert chromium.run(NAME) == "channel 5"
    assert chromium.run("['#play', '#player', '#filters'].every(name => document.querySelector(name).hidden)")


def test_a_page_is_as_broad_as_a_telephone(chromium, folder):
    chromium.open(folder / "index.html", width=390, height=844)
    assert chromium.run("document.documentElement.scrollWidth") <= 390
    assert chromium.run("document.getElementById('filters').open") is False


def test_a_page_is_dark_where_that_is_wished(chromium, folder):
    def brightness(scheme):
        chromium.open(folder / "index.html", prefers_color_scheme=scheme)
        return chromium.run("+getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")

    assert brightness("dark") < 60 < 200 < brightness("light")


def test_a_frame_that_cannot_be_read_is_said_on_the_page(tmp_path):
    entry = Entry(1, {}, [tmp_path / "gone.png"])
    write_page(tmp_path / "index.html", [entry], {}, "One")
    assert "gone.png: No such file" in (tmp_path / "index.html").read_text()


def test_the_same_page_is_written_twice(tmp_path):
    entries = write_cells(tmp_path)
    write_page(tmp_path / "a.html", entries, AXES, TITLE)
    write_page(tmp_path / "b.html", entries, AXES, TITLE)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert np.unique([path.suffix for path in tmp_path.iterdir()]).tolist() == ["", ".html"]
