"""`dreamcore gimp`: put the filter into GIMP, prove that it works there, take it out again."""

from pathlib import Path

import click

from dreamcore.console import Commands, echo
from dreamcore.shared_options import quiet
from dreamcore.text import counted

FLATPAK = "flatpak override --user --talk-name=org.freedesktop.Flatpak org.gimp.GIMP"


@click.group("gimp", cls=Commands)
def command():
    """Install the filter Filters > Deep Dream into GIMP 3, and check it.

    \b
    Example:
      dreamcore gimp install
      dreamcore gimp check
    """


profile = click.option(
    "--profile",
    type=click.Path(file_okay=False, path_type=Path),
    help="GIMP's folder of settings.  [default: every one that is found]",
)


@command.command()
@profile
@quiet
def install(profile, quiet):
    """Put the filter into every GIMP 3 profile of this user.

    \b
    Example:
      dreamcore gimp install
    """
    from gimp_plugin.install import install_into

    for kind, folder in _profiles(profile, fresh=True):
        installed = install_into(folder)
        if quiet:
            continue
        echo(f"installed {installed}", done=True)
        if kind == "flatpak":
            echo(f"  a flatpak GIMP must be allowed to start Python: {FLATPAK}", done=True)
        elif kind == "snap":
            echo(
                "  a snap GIMP may not start programs of this system: use another GIMP if the filter says so", done=True
            )
    if not quiet:
        echo("It will be in Filters > Deep Dream when GIMP starts next; `dreamcore gimp check` tries it.", done=True)


@command.command()
@profile
def check(profile):
    """Start GIMP without a window and dream a small picture with the installed filter.

    \b
    Example:
      dreamcore gimp check
    """
    from dreamcore.errors import DreamError
    from gimp_plugin.install import executables, gimp_version
    from gimp_plugin.trial import dream_in_gimp

    versions = ((program, gimp_version(program)) for program in executables())
    program, version = next(((program, version) for program, version in versions if version), (None, None))
    if program is None:
        raise DreamError("no gimp-console of a GIMP 3 was found in PATH: the filter cannot be checked from here")
    for _kind, folder in _profiles(profile):
        layers = dream_in_gimp(program, folder)
        echo(f"GIMP {version}, {folder}: {counted(len(layers), 'frame')} dreamed")


@command.command()
@profile
@quiet
def uninstall(profile, quiet):
    """Take the filter out of every GIMP 3 profile of this user.

    \b
    Example:
      dreamcore gimp uninstall
    """
    from gimp_plugin.install import remove_from

    for _kind, folder in _profiles(profile):
        removed = remove_from(folder)
        if not quiet:
            echo(f"removed {removed}" if removed else f"not in {folder}", done=True)


def _profiles(profile, fresh=False):
    from dreamcore.errors import DreamError
    from gimp_plugin.install import new_profiles, profiles

    folders = [("GIMP", profile)] if profile else profiles()
    if not folders and fresh:
        folders = new_profiles()
    if not folders:
        raise DreamError("no GIMP 3 profile was found: start GIMP once, or name its folder with --profile")
    return folders
