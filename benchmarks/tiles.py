"""What tiles add: pixels that go through the network for each of a picture's, by memory: `python benchmarks/tiles.py`.

Nothing is dreamed. A tile is given all that its cells see, so neighbours overlap.
"""

import os
import sys

import click
from network import ENDS

from dreamcore import DreamError, load_network
from dreamcore.large.plan import Pyramid, plan_dreams
from dreamcore.large.tiles import tiling
from dreamcore.process import environment


@click.command()
@click.option("--size", default="6000x4000", show_default=True)
@click.option("--memory", default="1.5,2,2.5,3,4", show_default=True, help="Limits, in GB.")
def main(size, memory):
    width, height = map(int, size.split("x"))
    print(f"| {size} | memory | tiles | of | pixels through the network |\n|---|---|---|---|---|")
    for model, end in ENDS.items():
        try:
            network = load_network(model, device="cpu")
        except DreamError as error:
            print(f"{model}: left out, {error}")
            continue
        for limit in map(float, memory.split(",")):
            plan = plan_dreams(network, [Pyramid((end,), [(height, width)], is_blended=False)], limit * 1e9)
            tiles = tiling(network, (end,), height, width, plan.tile_pixels)
            tall, wide = tiles.size
            ratio = tiles.pixels / (width * height)
            print(f"| {model} | {limit:g} GB | {len(tiles.columns)}x{len(tiles.rows)} | {wide}x{tall} | {ratio:.2f} |")


if __name__ == "__main__":
    if not environment.is_without_caches():  # as the command has it, whose heap decides what a pixel takes
        os.execve(sys.executable, [sys.executable, *sys.argv], environment.prepared(os.environ))
    main()
