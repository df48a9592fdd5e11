"""`dreamcore worker`: serve dreams over pipes."""

import click


@click.command("worker")
def command():
    """Serve dreams over standard input and output, until the input ends. The GIMP filter starts this by itself.

    \b
    Example:
      echo '{"do": "hello"}' | dreamcore worker
    """
    import wand_tools
    from dreamcore.defaults import read_defaults
    from dreamcore.worker.animation import KeptPictures
    from dreamcore.worker.engine import Engine
    from dreamcore.worker.server import main

    main(Engine(read_defaults), KeptPictures(wand_tools))
