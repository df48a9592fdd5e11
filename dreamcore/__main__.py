"""The command `dreamcore`, also as ``python -m dreamcore``."""

import os
import sys

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if sys.path and os.path.abspath(sys.path[0]) == os.getcwd() != _HERE:
    del sys.path[0]  # ``python -m`` put it there, and pictures' folders hold no modules of ours

from dreamcore.process.tuning import own_process  # noqa: E402


def main() -> int:
    """Run the command line in a process that is ours from its start to its end."""
    own_process()
    from dreamcore.cli import main as run  # after a new beginning, not twice

    return run()


if __name__ == "__main__":
    sys.exit(main())
