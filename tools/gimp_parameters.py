"""Write the table of parameters for GIMP, whose Python cannot import it: `python tools/gimp_parameters.py`."""

import json
from pathlib import Path

from dreamcore.parameters import as_json

FILE = Path(__file__).resolve().parents[1] / "gimp_plugin/deep-dream/parameters.json"


def text():
    """The whole file: a line for each parameter."""
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in as_json()) + "\n]\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    print(FILE)
