"""What makes a site of docs/, beside what mkdocs.yml says: hooks that MkDocs calls.

Pages are written to be read in the repository, too. README and its kin, which lie above docs/, become pages; links
between files become links between pages; docs/contents.md is the navigation. Pictures that move stand still where
the reader's system asks for it. In the gallery the moving pictures of `make gallery` stand in for the strips.
"""

import posixpath
import re
from html import unescape
from pathlib import Path

from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
MOVING = ROOT / "build" / "gallery"
ABOVE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changes.md",
}
LINK = re.compile(r"(?<=\]\()([^)\s#:]+)(?=[)#])")
ASTRAY = re.compile(r"\n\n {1,3}(\S.*)")  # Python-Markdown wants four blanks where GitHub takes two
PICTURE = re.compile(r'<img alt="([^"]*)" src="([^":]+)" */?>')


def on_config(config):
    """Make the table of contents the navigation."""
    nav = [{"Home": "index.md"}]
    for line in (ROOT / "docs/contents.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            nav.append({line[3:]: []})
        elif found := re.match(r"- \[(.+?)\]\((.+?)\)", line):
            [*nav[-1].values()][0].append({found[1]: place(found[2], "docs")})
    config.nav = [*nav, {"Contents": "contents.md"}]


def on_files(files, config):
    """Add what lies above docs/, what pages link to, and what moves."""
    for name, site in ABOVE.items():
        files.append(File.generated(config, site, abs_src_path=str(ROOT / name)))
    for page in files.documentation_pages():
        for target in LINK.findall(page.content_string):
            site, path = place(target, folder(page)), ROOT / folder(page) / target
            if site.startswith("files/") and path.is_file() and not files.get_file_from_path(site):
                files.append(File.generated(config, site, abs_src_path=str(path)))
    for name in (f"{recipe}.{suffix}" for recipe in moving() for suffix in ("gif", "jpg", "webp")):
        files.append(File.generated(config, f"moving/{name}", abs_src_path=str(MOVING / name)))


def moving():
    """Return the recipes whose animations are complete: their keys are written last."""
    return {path.stem for path in MOVING.glob("*.key")}


def folder(page):
    """Return the folder of the repository that a page comes from."""
    return "" if page.src_uri in ABOVE.values() else "docs"


def place(target, base):
    """Return where a file is on the site that is linked to from a folder of the repository."""
    path = posixpath.normpath(posixpath.join(base, target))
    return path.removeprefix("docs/") if path.startswith("docs/") else ABOVE.get(path, f"files/{path}")


def on_page_markdown(markdown, page, config, files):
    """Lead links to where the site has things."""
    base = folder(page.file)

    def led(found):
        return place(found[0], base) if (ROOT / base / found[0]).exists() else found[0]

    for found in ASTRAY.finditer(markdown):
        get_plugin_logger("pages").warning(f"{page.file.src_uri}: indent what belongs to a list by four: {found[1]}")
    return LINK.sub(led, markdown)


def on_page_content(html, page, config, files):
    """Give pictures their sizes, and what moves a still; set recipes side by side."""
    docs = Path(config.docs_dir)  # what is not there MkDocs has warned of

    def shown(found):
        return picture(found[1], source, config) if (docs / (source := unescape(found[2]))).exists() else found[0]

    html = PICTURE.sub(shown, html)
    before, *parts = re.split(r"(?=<h2)", html)
    recipes = [part for part in parts if page.file.src_uri == "gallery.md" and "<img" in part]
    after = [part for part in parts if part not in recipes]
    if recipes:
        cards = "".join(f"<section>{part}</section>" for part in recipes)
        before += f'{sizes()}<div class="recipes">{cards}</div>'
    return before + "".join(after)


def sizes():
    """Say how much of the gallery moves, and how big that is; nothing where nothing does."""
    found = [(MOVING / f"{name}.webp").stat().st_size for name in moving()]
    text = f"What moves here, {len(found)} of them, is {sum(found) / 1e6:.1f} MB; a browser fetches what is in view."
    return f"<p>{text}</p>" if found else ""


def picture(alt, source, config):
    """Return the HTML of a picture, for readers who want it to move and for those who do not."""
    name, sources = Path(source).stem, ""
    path = Path(config.docs_dir) / source
    if source == f"gallery/{name}.jpg" and name in moving():
        alt, source, path = f"{name}, moving", f"moving/{name}.gif", MOVING / f"{name}.gif"
        sources = f'{still(f"moving/{name}.jpg")}<source srcset="moving/{name}.webp" type="image/webp">'
    elif path.suffix in (".gif", ".webp"):
        sources = still(f"{source}.jpg")
        write_still(path, Path(config.site_dir) / f"{source}.jpg")
    with Image.open(path) as image:
        width, height = image.size
    shown = f'<img alt="{alt}" src="{source}" width="{width}" height="{height}" loading="lazy">'
    return f"<picture>{sources}{shown}</picture>" if sources else shown


def still(source):
    """Return the choice of a picture that stands still; site/motion.js finds it by its attribute."""
    return f'<source srcset="{source}" media="(prefers-reduced-motion: reduce)" data-still>'


def write_still(animation, path):
    """Write the frame in the middle of an animation as a JPEG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(animation) as image:
        image.seek(image.n_frames // 2)
        image.convert("RGB").save(path, quality=85)
