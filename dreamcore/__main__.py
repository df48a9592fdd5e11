"""``python -m dreamcore`` is the command ``dreamcore``."""

import sys

from dreamcore.cli import main

sys.exit(main())
