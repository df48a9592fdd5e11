"""Options that both command lines have: the same names, the same words."""

from __future__ import annotations

import click

from dreamcore.rasters import set_most_decoded

quiet = click.option("--quiet", "-q", is_flag=True, help="Print nothing but notes and errors.")
force = click.option("--force", is_flag=True, help="Replace OUT even if it is no animation.")
max_decoded = click.option(
    "--max-decoded",
    metavar="SIZE",
    expose_value=False,
    callback=lambda _context, _option, text: None if text is None else set_most_decoded(text),
    help="Read pictures that take more than this once decoded.  [default: 268MB]",
)
