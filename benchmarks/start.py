"""What it takes to begin, as shares of `import torch`: `python benchmarks/start.py [--rounds 5]`.

Processor seconds, user and system, of whole processes one after the other in turns, medians: other programs then change
them little. `still` of 320x240 is measured with all that is found out and compiled once already there, beside the dream
itself in a process that has everything loaded; the worker until its first small look has come, model and all.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import click

from gimp_plugin import protocol

DREAMCORE = [sys.executable, "-m", "dreamcore"]
_SIZE = (320, 240)
_LOOK = (160, 120)
# What a process that is ready takes for the same dream: the second one, after all that comes once.
_DREAM = """
import sys, time, dreamcore
from dreamcore.pictures import read_picture
dreamcore.tune_process()
network, picture = dreamcore.load_network(), read_picture(sys.argv[1]).rgb
for _ in range(2):
    before = time.process_time()
    dreamcore.dream(picture, network)
print(time.process_time() - before)
"""


def seconds(action):
    """Return the processor seconds of the processes that end within an action, and what it returns."""
    before = os.times()
    found = action()
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4]), found


def run(*command):
    return subprocess.run(command, check=True, capture_output=True).stdout


def look():
    """Let a worker begin, and show a small look; its input stays open, as a dialog's does."""
    with subprocess.Popen([*DREAMCORE, "worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        worker.stdin.write(asked_for_a_look())
        worker.stdin.flush()
        while True:
            message, _ = protocol.read(worker.stdout)
            if message["say"] == "error":
                sys.exit(f"the worker says: {message['message']}")
            if message["say"] == "done":
                break
        worker.stdin.close()


def asked_for_a_look():
    """Return the messages of a dialog that asks for its first look."""
    width, height = _LOOK
    rows = [{"role": "picture", "width": width, "height": height, "format": "RGBA u8"}]
    told = {"iterations": 4, "octaves": 2, "frames": 1}
    preview = {"do": "preview", "id": 3, "pictures": rows, "parameters": told, "bytes": 4 * width * height}
    pixels = bytes(range(256)) * (4 * width * height // 256)
    asked = [{"do": "hello", "id": 1, "protocol": 2}, {"do": "load", "id": 2}]
    text = "".join(json.dumps(each) + "\n" for each in asked) + json.dumps(preview) + "\n"
    return text.encode() + pixels


@click.command()
@click.option("--rounds", default=5, show_default=True)
def main(rounds):
    with tempfile.TemporaryDirectory() as folder:
        picture, dream = Path(folder, "sky.png"), Path(folder, "dream.png")
        run(*DREAMCORE, "sky", picture, "--size", "{}x{}".format(*_SIZE))
        kinds = {
            "import torch": lambda: seconds(lambda: run(sys.executable, "-c", "import torch"))[0],
            "dreamcore --help": lambda: seconds(lambda: run(*DREAMCORE, "--help"))[0],
            "the dream itself": lambda: float(run(sys.executable, "-c", _DREAM, picture)),
            "dreamcore still": lambda: seconds(lambda: run(*DREAMCORE, "still", picture, dream, "-q"))[0],
            "the worker's first look": lambda: seconds(look)[0],
        }
        kinds["dreamcore still"]()  # compiles, and finds out what is kept
        rows = {name: [] for name in kinds}
        for _ in range(rounds):
            for name, measure in kinds.items():
                rows[name].append(measure())
    found = {name: median(each) for name, each in rows.items()}
    torch, itself = found["import torch"], found["the dream itself"]
    print("| | processor seconds | of `import torch` |\n|---|---|---|")
    for name, each in found.items():
        print(f"| {name} | {each:.2f} | {each / torch:.2f} |")
    beyond = (found["dreamcore still"] - torch) / itself
    print(f"\n`dreamcore still` is `import torch` and {beyond:.2f} times the dream itself")


if __name__ == "__main__":
    main()
