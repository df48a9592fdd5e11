"""Each row of the table of difficult inputs names a test that is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"\| `(test_\w+\.py)` `(test_\w+)` \|$", re.MULTILINE)


def test_the_tests_that_the_table_names_are_there():
    rows = ROW.findall((ROOT / "docs/animation.md").read_text(encoding="utf-8"))
    assert len(rows) > 30
    for file, name in rows:
        assert f"def {name}(" in (ROOT / "tests/wand_tools" / file).read_text(encoding="utf-8"), name
