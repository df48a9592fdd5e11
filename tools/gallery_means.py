"""Make the galleries of means, docs/gallery-means.md and docs/gallery-googlenet.md, and their strips.

`python tools/gallery_means.py [NAME ...]` runs the commands that the pages show. Without names it makes all strips,
with `--page` only the pages.
"""

import argparse
import shlex
from os import chdir
from tempfile import TemporaryDirectory
from typing import NamedTuple

from gallery import COUNT, DOCS, SIZE, strip


class Strip(NamedTuple):
    """One strip: its start picture, what is seen, and the options of each command, one going on after the other."""

    scene: str
    about: str
    options: tuple[str, ...]


class Page(NamedTuple):
    """One page: its strips by section and name, and what all its commands are given."""

    introduction: str
    options: str
    sections: dict[str, dict[str, Strip]]


MEANS = {
    "Objectives": {
        "viaducts": Strip(
            "city",
            "One channel of 512 builds arches; what else the network would like to see is not asked.",
            ('--layer "channels(objects, 25)"',),
        ),
        "two-masks": Strip(
            "portrait",
            "Another channel from frame 5 on: first bristles, then a mask.",
            ('--layer "0:channels(objects, 169), 5:channels(objects, 125)"',),
        ),
    },
    "Painting with objectives": {
        "lights-and-shadows": Strip(
            "city",
            "The picture is its own map: eyes in its lights, a face in its shadows.",
            ('--layer "map(first, channels(objects, 1), channels(objects, 293))"',),
        ),
        "flower-bed": Strip(
            "meadow",
            "Figures in what is light, rings and scales in what is dark.",
            ('--layer "map(first, objects, patterns)" --transform "rotate(3)"',),
        ),
    },
    "Looks": {
        "calming-down": Strip(
            "portrait",
            "From frame to frame more of `--smooth` and `--colour`: fringes and grain go, forms stay.",
            ('--smooth "0:0, 10:0.5" --colour "0:0, 10:1"',),
        ),
        "whole-heads": Strip(
            "sky",
            "`--robustness` lets forms hold together.",
            ("--smooth 0.5 --colour 1 --robustness 5 --iterations 15",),
        ),
    },
    "Renewal": {
        "towers": Strip(
            "sky",
            "A stretch that goes on inventing, up to frame 75.",
            ("--recipe vertical-stretch --frames 76 --octaves 2 --iterations 6",),
        ),
        "procession": Strip(
            "meadow",
            "Columns drift apart, and who stands in them changes, up to frame 75.",
            (
                '--transform "roll(columns, shift=3)" --transform "zoom(0.02)" '
                '--transform "hold(colour, strength=0.2)" --renew 60 --frames 76 --octaves 2 --iterations 6',
            ),
        ),
    },
    "Held colours": {
        "evening": Strip(
            "city",
            "Frame after frame is brought back to the dusk that it began with.",
            ('--transform "zoom(0.05)" --transform "hold(colour, strength=0.3)"',),
        ),
        "flower-garden": Strip(
            "meadow",
            "A slow whirl in the middle, in the light and the colours that the picture began with.",
            ('--transform "swirl(8)" --transform "hold(colour, strength=0.3)"',),
        ),
    },
    "Shifts by a formula": {
        "swell": Strip(
            "sky",
            "Rows roll by 8*sin(n/20) + n/40: a wave that runs off to the right, faster below.",
            ('--transform "roll(rows, shift=8*sin(n/20) + n/40)"',),
        ),
        "torn-edges": Strip(
            "portrait",
            "Rows jump by chance, the farther from the middle the farther.",
            ('--transform "roll(rows, shift=random(-abs(n - count/2)/5, abs(n - count/2)/5))"',),
        ),
    },
    "Soft regions": {
        "two-winds": Strip(
            "portrait",
            "One half turns to the left, one to the right; they melt over 80 pixels.",
            ('--transform "regions(1, columns=2, blend=80, rotate(5), rotate(-5))"',),
        ),
        "four-fields": Strip(
            "meadow",
            "Four fields with a motion each, in and out by turns, without a seam.",
            ('--transform "regions(2, blend=40, zoom(0.06), zoom(-0.04), zoom(-0.04), zoom(0.06))"',),
        ),
    },
    "Going on from a frame": {
        "lines-become-figures": Strip(
            "city",
            "Frames 0 to 5 of strokes; from there on, the same run with figures.",
            ("--layer textures --frames 6", "--from {name}:5 --layer objects --frames 6"),
        ),
        "a-turn": Strip(
            "sky",
            "A fall inwards, and from frame 5 on a turn.",
            ('--transform "zoom(0.08)" --frames 6', '--from {name}:5 --transform "rotate(12)" --frames 6'),
        ),
    },
}

CLASSES = {
    "Classes by word": {
        "jellyfish": Strip("sky", "They float where clouds were.", ('--layer "class(jellyfish)"',)),
        "castle": Strip(
            "meadow", "Walls and towers rise from the grass.", ('--layer "class(castle)" --transform "stretch(0.04)"',)
        ),
    }
}

PAGES = {
    "gallery-means": Page(
        """# The gallery of means

Two strips for each of the means that are not transforms alone, on four start pictures that the program draws, with the
model `dreamlet`. The same with GoogLeNet is on [a page of its own](gallery-googlenet.md), whole recipes are in
[the gallery](gallery.md).
""",
        "",
        MEANS,
    ),
    "gallery-googlenet": Page(
        """# The gallery with GoogLeNet

What [the gallery of means](gallery-means.md) shows, dreamed with BVLC GoogLeNet, which knows classes, too.
`dreamcore models fetch bvlc_googlenet` gets it.
""",
        "--model bvlc_googlenet --octaves 3",
        {**MEANS, **CLASSES},
    ),
}


def commands(name, shown, given, seed):
    """Return the commands that make a strip, and the folders that they dream into."""
    picture, folders = f"{name}.png", [name, f"{name}-on"][: len(shown.options)]
    lines = [f"dreamcore sky {picture} --size {SIZE[0]}x{SIZE[1]} --seed {seed} --scene {shown.scene}"]
    for folder, options in zip(folders, shown.options, strict=True):
        frames = "" if "--frames" in options else "--frames 11"
        lines.append(" ".join(filter(None, ("dreamcore frames", picture, folder, given, options, frames))))
    return [line.format(name=name) for line in lines], folders


def strips(page):
    """Yield name, strip and seed of each of a page's."""
    pairs = (pair for section in page.sections.values() for pair in section.items())
    for seed, (name, shown) in enumerate(pairs):
        yield name, shown, seed


def text(title, page):
    """Return the text of a page."""
    seeds, parts = {name: seed for name, _, seed in strips(page)}, [page.introduction]
    for section, shown in page.sections.items():
        parts.append(f"## {section}\n")
        for name, each in shown.items():
            lines = "\n".join(f"    {line}" for line in commands(name, each, page.options, seeds[name])[0])
            parts.append(f"![{name}: {COUNT} of its frames]({title}/{name}.jpg)\n\n{each.about}\n\n{lines}\n")
    return "\n".join(parts)


def draw(name, shown, given, seed, file):
    """Run a strip's commands, and save some of the frames side by side."""
    from dreamcore.cli import cli
    from dreamcore.pictures import read_picture
    from dreamcore.sequence import frame_files

    lines, folders = commands(name, shown, given, seed)
    for line in lines:
        cli.main(shlex.split(line)[1:], standalone_mode=False)
    files = dict(each for folder in folders for each in frame_files(folder))
    wanted = [round(place * (len(files) - 1) / (COUNT - 1)) for place in range(COUNT)]
    frames = [read_picture(files[sorted(files)[each]]).rgb for each in wanted]
    strip(frames).save(file, quality=80, optimize=True)


def main():
    from dreamcore import tune_process

    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("names", metavar="NAME", nargs="*")
    options.add_argument("--only", choices=PAGES, help="the strips of one page")
    options.add_argument("--page", action="store_true", help="write the pages only")
    given = options.parse_args()
    for title, page in PAGES.items():
        (DOCS / f"{title}.md").write_text(text(title, page), encoding="utf-8")
    if given.page:
        return
    tune_process()
    for title, page in PAGES.items():
        (DOCS / title).mkdir(exist_ok=True)
        for name, shown, seed in strips(page):
            if (given.names and name not in given.names) or given.only not in (None, title):
                continue
            file = DOCS / title / f"{name}.jpg"
            with TemporaryDirectory() as scratch:
                chdir(scratch)
                draw(name, shown, page.options, seed, file)
                chdir(DOCS)
            print(f"{file}  {file.stat().st_size // 1024} KB", flush=True)


if __name__ == "__main__":
    main()
