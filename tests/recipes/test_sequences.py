import numpy as np
import pytest

from dreamcore.sequence import dream_sequence
from dreamcore.sequence.recipe import SHIPPED, load_recipe, read_recipe
from dreamcore.sky import draw_sky

PICTURE = draw_sky(160, 120)


def frames_of(recipe, network, **options):
    options = {"iterations": 1, "octaves": 2, "frames": 4, **options}
    return list(dream_sequence(PICTURE, network, recipe, **options))


@pytest.mark.parametrize("name", [path.stem for path in sorted(SHIPPED.glob("*.toml"))])
def test_a_recipe_of_the_program_runs(name, network):
    recipe = load_recipe(name)
    frames = frames_of(recipe, network)
    assert len(frames) == 4 + recipe.sequence.between * (4 if recipe.sequence.loop else 3)
    for frame in frames:
        assert frame.shape == PICTURE.shape and frame.dtype == np.float32 and np.isfinite(frame).all()
    assert not np.array_equal(frames[0], frames[-1])


@pytest.mark.parametrize("stop", [1, 3])
def test_a_resumed_run_gives_the_same_frames(network, stop):
    """Random shifts, schedules, the frame before and the first picture, all at once."""
    recipe = read_recipe("""seed = 5
        transform = ["roll(shift=random)", "zoom(smooth(0:0.01, 5:0.1))", "hold(contrast)", "blend(0.3)",
                     "random_choice(swirl(9), block_shift)"]""")
    whole = frames_of(recipe, network, frames=6)
    rest = frames_of(
        recipe, network, frames=6, done=stop, last=whole[stop - 1], previous=whole[stop - 2] if stop > 1 else None
    )
    assert all(np.array_equal(one, other) for one, other in zip(whole[stop:], rest, strict=True))
