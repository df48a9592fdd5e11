"""Write docs/gimp.md as the page that Help opens in GIMP: `python tools/gimp_guide.py`."""

import re
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[1]
PAGE, FILE = ROOT / "docs/gimp.md", ROOT / "gimp_plugin/deep-dream/guide.html"
STYLE = (
    "body{font:1em/1.5 sans-serif;max-width:46em;margin:2em auto;padding:0 1em}"
    "td,th{text-align:left;vertical-align:top;padding:.2em .8em .2em 0}"
    "pre,code{background:#eee;color:#222}"
)


def text():
    """The whole file; pictures and other pages stay in the documentation."""
    page = PAGE.read_text(encoding="utf-8")
    page = re.sub(r"^!\[.*?\]\(.*?\)\n\n?", "", page, flags=re.M)
    page = re.sub(r"\[([^\]]+)\]\((?!http)[^)#]+(?:#[^)]*)?\)", r"\1", page)
    body = MarkdownIt("commonmark").enable("table").render(page)
    return f'<!DOCTYPE html>\n<meta charset="utf-8">\n<title>Deep Dream</title>\n<style>{STYLE}</style>\n{body}'


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    print(FILE)
