import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_transforms_says_what_the_table_says():
    written = (ROOT / "docs/transforms.md").read_text(encoding="utf-8")
    assert written == runpy.run_path(str(ROOT / "tools/transforms_page.py"))["page"](), "run tools/transforms_page.py"
