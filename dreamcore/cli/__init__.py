"""The command `dreamcore`: one module for each subcommand, imported when it is called."""

import os
from importlib import import_module

import click

from dreamcore import __version__
from dreamcore.console import Commands, run_command

# Subcommand, whose click command is `command` in the module of its name -> one line of help.
COMMANDS = {
    "still": "Dream one picture.",
    "frames": "Dream a sequence of frames into a folder.",
    "animate": "Dream a sequence and make an animation of it.",
    "verify": "Dream frames again, and say whether they are the same.",
    "farm": "Write the job that lets a render farm dream a sweep.",
    "preview": "Show how a sequence moves, without dreaming it.",
    "atlas": "Show what each layer, or each channel of one, dreams on a picture.",
    "sweep": "Dream many: every combination of some values, on several pictures.",
    "breed": "Make new recipes: children of some, to choose from and to go on with.",
    "recipes": "List, show and check recipes.",
    "transforms": "List and explain transforms.",
    "unroll": "Take the accumulated shift out of finished frames.",
    "layers": "List the layers and roles of a model.",
    "models": "List, fetch and check models.",
    "config": "Show and set what you usually dream with: model, memory, precision, device.",
    "info": "Print what made a picture, an animation or a folder of frames.",
    "sky": "Draw a start picture: clouds in an evening sky.",
    "gimp": "Install the GIMP filter, and check it.",
    "magick": "Dream inside ImageMagick: install, check.",
    "completion": "Let your shell complete commands, options and names.",
    "worker": "Serve dreams over pipes (used by the GIMP filter).",
}


class _Commands(Commands):
    def list_commands(self, context):
        return list(COMMANDS)

    def get_command(self, context, name):
        if name not in COMMANDS:
            return None
        return import_module(f"dreamcore.cli.{name}").command

    def format_commands(self, context, formatter):
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dreamcore")
@click.option("--debug", is_flag=True, help="Show the whole traceback of an error.")
def cli(debug):
    """Deep dreams with Caffe networks, and the sequences they grow into.

    \b
    Example:
      dreamcore sky sky.png
      dreamcore frames sky.png dream --frames 5
    """
    os.getcwd()  # without a current folder, oneMKL would end the process in the middle of a dream


def main(arguments=None):
    """Run the command line; the exit code is 0 only when everything was made."""
    return run_command(cli, "dreamcore", arguments)
