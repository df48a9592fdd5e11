"""`dreamcore worker`: serve dreams over pipes."""

import click


@click.command("worker")
def command():
    """Serve dreams over standard input and output, until the input ends. The GIMP filter starts this by itself.

    \b
    Example:
      echo '{"do": "hello"}' | dreamcore worker
    """
    from dreamcore.worker.engine import Engine
    from dreamcore.worker.server import main

    main(Engine(_animate))


def _animate(*arguments, **parameters):
    from dreamcore.errors import DreamError
    from wand_tools import AnimationError, make_animation

    try:
        return make_animation(*arguments, **parameters)
    except AnimationError as error:
        raise DreamError(str(error)) from error
