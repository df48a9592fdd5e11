"""The command `dreamcore`, also as ``python -m dreamcore``."""

import sys

from dreamcore.process.tuning import own_process


def main() -> int:
    """Run the command line in a process that is ours from its start to its end."""
    own_process()
    from dreamcore.cli import main as run  # after a new beginning, not twice

    return run()


if __name__ == "__main__":
    sys.exit(main())
