"""What the filter does in a real GIMP without a window; the checks themselves are in inside.py."""

import re
from pathlib import Path

import pytest

from .gimp import FAKE

INSIDE = Path(__file__).with_name("inside.py")
pytestmark = pytest.mark.gimp


@pytest.fixture(scope="module")
def said(gimp):
    gimp.install(FAKE)
    return gimp.script(INSIDE, gimp.folder)


@pytest.mark.parametrize("name", re.findall(r"^def (check_\w+)", INSIDE.read_text(), re.M))
def test_in_gimp(said, name):
    assert said.get(name, "GIMP did not come this far") == ""
