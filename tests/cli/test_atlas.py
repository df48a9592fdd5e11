"""`dreamcore atlas`: a sheet, or a page, of small dreams."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from dreamcore.cli import cli, main

QUICK = ["--model", "small", "--size", "32", "--iterations", "1", "--octaves", "1", "-q"]


def test_a_page_has_a_dream_of_each_layer_and_the_recipe_that_makes_it(desk):
    assert main(["atlas", "in.png", "out.html", *QUICK]) == 0
    page = (desk / "out.html").read_text()
    data = json.loads(re.search(r'<script[^>]*id="data"[^>]*>(.*?)</script>', page, re.S)[1])
    assert len(data["cells"]) == 6 and page.count("<img src=") == 6
    assert 'layer = "norm"' in data["cells"][-1]["recipe"] and "small" in data["cells"][-1]["recipe"]


def test_a_page_of_channels_counts_channels(desk):
    assert main(["atlas", "in.png", "out.html", "--layer", "join", "--channels", "0..2", *QUICK]) == 0
    assert "3 channels" in (desk / "out.html").read_text()


def test_a_sheet_has_the_channels_of_a_layer(desk):
    assert main(["atlas", "in.png", "out.png", "--layer", "join", "--channels", "0..2", *QUICK]) == 0
    with Image.open("out.png") as sheet:
        assert sheet.width > 3 * 30 and len(np.unique(np.asarray(sheet).reshape(-1, 3), axis=0)) > 500


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["out.gif"], "out.gif is neither a .png nor a .html, which is what an atlas can be"),
        (["out.png", "--channels", "3"], "channels are 3, but of which layer? Give --layer as well"),
        (["out.png", "--layer", "join", "--channels", "9"], "no channel 9; allowed are 0 to 4"),
        (["out.png", "--layer", "jion"], "no layer 'jion' (did you mean \"join\"?)"),
        (["in.png"], "in.png"),
    ],
)
def test_a_mistake_is_one_line_before_anything_is_dreamed(desk, capsys, arguments, message):
    assert main(["atlas", "in.png", *arguments, *QUICK]) != 0
    assert message in capsys.readouterr().err
    assert not (desk / "out.png").exists()


def test_the_help_tells_the_defaults_of_small_dreams():
    text = CliRunner().invoke(cli, ["atlas", "--help"]).output
    assert re.search(r"--iterations VALUE\s+Steps for each octave\.\s+\[default: 16;\s", text)
