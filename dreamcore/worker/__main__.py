"""``python -m dreamcore.worker``: what a plug-in starts."""

from dreamcore.worker.server import main

if __name__ == "__main__":
    main()
