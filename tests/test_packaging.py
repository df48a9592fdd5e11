"""The version stands in one place, and where it must stand again it is the same."""

import re
from pathlib import Path

import dreamcore

ROOT = Path(__file__).resolve().parents[1]


def test_the_citation_names_the_version():
    said = re.search(r"(?m)^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"))[1]
    assert said == dreamcore.__version__


def test_the_changes_begin_with_what_is_unreleased_or_with_the_version():
    heads = re.findall(r"(?m)^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert dreamcore.__version__ in heads[:2] and heads[0] in ("Unreleased", dreamcore.__version__)
