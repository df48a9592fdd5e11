"""The command `wandgif`, as ``python -m wand_tools``."""

import sys

from wand_tools.cli import main

if __name__ == "__main__":
    sys.exit(main())
