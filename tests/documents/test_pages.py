"""Pages that are made from tables and docstrings are as the tables and docstrings say."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = runpy.run_path(str(ROOT / "tools/pages.py"))


@pytest.mark.parametrize("page", TOOL["PAGES"])
def test_a_page_is_what_the_tool_writes(page):
    written = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert written == TOOL["PAGES"][page]().rstrip() + "\n", "run tools/pages.py"
