"""`dreamcore completion`: let the shell complete commands, options and names."""

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from dreamcore.console import echo
from dreamcore.errors import NotAllowed, nearest

# Where a shell looks for such scripts of the user, and what has to be said to it besides.
SHELLS = {
    "bash": ("XDG_DATA_HOME", ".local/share", "bash-completion/completions/dreamcore", ""),
    "zsh": ("XDG_DATA_HOME", ".local/share", "zsh/site-functions/_dreamcore", "fpath=({folder} $fpath); compinit"),
    "fish": ("XDG_CONFIG_HOME", ".config", "fish/completions/dreamcore.fish", ""),
}


@click.command("completion")
@click.argument("shell", required=False, metavar="[bash|zsh|fish]")
@click.option("--install", is_flag=True, help="Write the script to where the shell looks for it.")
def command(shell, install):
    """Print the script that lets a shell complete commands, options, recipes, transforms, layers and models.

    Without a name it is for the shell that you use.

    \b
    Example:
      dreamcore completion --install
      dreamcore completion zsh > _dreamcore
    """
    shell = shell or Path(os.environ.get("SHELL", "")).name
    if shell not in SHELLS:
        raise NotAllowed(f"shell {shell!r} is not allowed{nearest(shell, SHELLS)}; allowed: {', '.join(SHELLS)}")
    script = get_completion_class(shell)(None, {}, "dreamcore", "_DREAMCORE_COMPLETE").source()
    if not install:
        return echo(script)
    variable, usual, name, besides = SHELLS[shell]
    path = Path(os.environ.get(variable) or Path.home() / usual) / name
    _write(path, script)
    echo(f"{path} is written; it works in every new {shell}", done=True)
    if besides:
        echo(f"if it does not, put this into ~/.zshrc: {besides.format(folder=path.parent)}")


def _write(path, script):
    from dreamcore.files import atomic_write

    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as file:
        file.write(script.encode())
