"""How far dreams in bfloat16 are from dreams in float32: `python benchmarks/precision.py [--picture FILE]`.

Ascent amplifies every difference, so beside each figure stands that of float32 against itself after noise of 0.0001
grey levels in the picture. PSNR in dB, of 8-bit colours.
"""

import click
import numpy as np
from PIL import Image

from dreamcore import DreamError, dream, load_network
from dreamcore.pictures import read_picture
from dreamcore.sky import draw_sky

ENDS = {
    "bvlc_googlenet": ("inception_4c/output", "inception_3b/output"),
    "squeezenet_v1.1": ("fire9/concat",),
    "dreamlet": ("dream_4c",),
}
DREAMS = {
    "one step": {"octaves": 1, "iterations": 1},
    "ten steps": {"octaves": 1, "iterations": 10},
    "three octaves of ten": {"octaves": 3, "iterations": 10},
}


def psnr(a, b):
    a, b = (np.clip(np.rint(each), 0, 255) for each in (a, b))
    return 10 * np.log10(255**2 / np.mean((a - b) ** 2))


@click.command()
@click.option("--picture", type=click.Path(exists=True), help="Of which the dreams are; the drawn sky by default.")
@click.option("--size", nargs=2, default=(200, 160), show_default=True)
def main(picture, size):
    rgb = read_picture(picture).rgb if picture else draw_sky(*size)
    rgb = np.asarray(Image.fromarray(rgb.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC), np.float32)
    noisy = rgb + np.random.default_rng(0).normal(0, 1e-4, rgb.shape).astype(np.float32)
    print(f"| | {' | '.join(DREAMS)} | the same, noise |\n|---|{'---|' * (len(DREAMS) + 1)}")
    for model, ends in ENDS.items():
        try:
            fine, coarse = (load_network(model, device="cpu", precision=each) for each in ("float32", "bfloat16"))
        except DreamError as error:
            print(f"{model}: left out, {error}")
            continue
        for end in ends:
            cells = []
            for options in DREAMS.values():
                options = {"layer": end, "seed": 0, **options}
                expected = dream(rgb, fine, **options)
                cells.append(psnr(dream(rgb, coarse, **options), expected))
            cells.append(psnr(dream(noisy, fine, **options), expected))
            print(f"| {model}, `{end}` | {' | '.join(f'{cell:.1f} dB' for cell in cells)} |", flush=True)


if __name__ == "__main__":
    main()
