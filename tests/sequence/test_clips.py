"""Clips: what is read of them, when, and what a job makes of it."""

from fractions import Fraction

import numpy as np
import pytest

from dreamcore import DreamError, make_job
from dreamcore.pictures import Picture
from dreamcore.sequence import Recipe, load_recipe
from dreamcore.sequence.clips import Clip, delay_of
from dreamcore.sequence.drafting import draft_job
from tests.videos import moving_picture
from wand_tools import open_source

QUICK = {"layer": "join", "iterations": 1, "octaves": 1, "jitter": 3}


class Reel:
    """Frames that note when they are read."""

    plays = None

    def __init__(self, frames, durations=None):
        self.pixels, self.read_numbers = frames, []
        self.size, self.count = frames[0].shape[1::-1], len(frames)
        self.durations = durations or [None] * len(frames)

    def read(self, number):
        self.read_numbers.append(number)
        return self.pixels[number]

    def files(self):
        return []


def clip_of(frames, name="", **more):
    return Clip(Reel(frames, **more), name)


@pytest.fixture
def frames():
    return moving_picture(6, 24, 30)


def test_a_frame_is_read_once_while_it_is_needed_and_then_let_go(frames):
    clip = clip_of(frames)
    for number in range(1, 6):
        clip.picture(number), clip.picture(number - 1)
    assert clip.frames.read_numbers == [1, 0, 2, 3, 4, 5]
    assert len(clip._kept) == 4


def test_after_its_last_frame_a_clip_begins_again(frames):
    clip = clip_of(frames)
    assert clip.picture(8) == clip.picture(2)


def test_the_digest_is_that_of_all_pixels_or_of_the_files(frames, tmp_path):
    other = [*frames[:-1], frames[-1] + 1]
    assert clip_of(frames).digest == clip_of(frames).digest != clip_of(other).digest
    for number, frame in enumerate(frames):
        from PIL import Image

        Image.fromarray(frame).save(tmp_path / f"{number}.png")
    before = Clip(open_source(tmp_path)).digest
    (tmp_path / "3.png").write_bytes((tmp_path / "4.png").read_bytes())
    assert Clip(open_source(tmp_path)).digest != before


def test_frames_that_come_only_once_are_no_clip(frames):
    with pytest.raises(DreamError, match="a clip does not say how many frames it has"):
        Clip(open_source(iter(frames)))


def test_all_frames_of_a_clip_are_dreamed_and_nothing_is_transformed(frames, small_network):
    job = make_job(clip_of(frames), small_network, **QUICK)
    assert job.numbers == range(6)
    assert str(job.recipe.sequence.transform) == "chain()"


def test_what_is_asked_for_stands_and_so_does_a_recipe(frames, small_network):
    asked = make_job(clip_of(frames), small_network, frames=4, transform="zoom(0.1)", delay=9, **QUICK)
    assert (asked.numbers, str(asked.recipe.sequence.transform), asked.recipe.timing.delay) == (
        range(4),
        "zoom(0.1)",
        9,
    )
    of_recipe = make_job(clip_of(frames), small_network, load_recipe("basic-zoom"), **QUICK)
    assert (of_recipe.numbers, str(of_recipe.recipe.sequence.transform)) == (range(6), "zoom(0.05)")


def test_more_frames_than_there_are_is_one_line(frames, small_network):
    with pytest.raises(DreamError, match="frames=7 is not allowed: clip.mp4 has 6"):
        make_job(clip_of(frames, "clip.mp4"), small_network, frames=7, **QUICK)


@pytest.mark.parametrize(("name", "value"), [("between", 3), ("loop", True), ("start", True), ("renew", 2)])
def test_what_only_a_picture_can_have_is_one_line(frames, small_network, name, value):
    with pytest.raises(DreamError, match=f"{name}={value} is for a picture; clip.mp4 moves by itself"):
        make_job(clip_of(frames, "clip.mp4"), small_network, **{name: value}, **QUICK)


def test_what_a_recipe_says_of_pictures_is_not_for_clips(frames, small_network):
    job = make_job(clip_of(frames), small_network, Recipe(name="mine").changed(loop=True, between=2), **QUICK)
    assert (job.recipe.sequence.loop, job.recipe.sequence.between, len(job.delays)) == (False, 0, 6)


def test_a_draft_of_a_clip_is_a_small_clip_of_as_many_frames(small_network):
    large = [np.uint8(np.kron(frame, np.ones((12, 12, 1)))) for frame in moving_picture(3, 24, 30)]
    job = make_job(clip_of(large, durations=[Fraction(1, 10)] * 3), small_network, frames=2, follow=0.3, **QUICK)
    draft = draft_job(job)
    assert (draft.picture.size, draft.numbers, draft.recipe.timing.delay) == ((256, 205), range(2), 10)
    assert draft.clips.source.picture(1).size == (256, 205)
    assert draft.recipe.video.follow == 0.3


@pytest.mark.parametrize(
    ("durations", "delay"),
    [
        ([None] * 3, None),
        ([Fraction(1, 25)] * 3, 4),
        ([Fraction(1, 25), Fraction(1, 10), Fraction(1, 10)], "step(0:4, 1:10)"),
        ([Fraction(0), None, Fraction(1, 10)], "step(0:10, 1:7, 2:10)"),
    ],
)
def test_frames_keep_their_times(frames, durations, delay):
    found = delay_of(clip_of(frames[:3], durations=durations), 0)
    assert (found if isinstance(found, (int, float, type(None))) else str(found)) == delay


def test_a_mask_and_a_guide_may_move(frames, small_network):
    masks = [np.full((24, 30, 3), level, np.uint8) for level in (0, 255)]
    picture = Picture(np.float32(frames[0]))
    job = make_job(picture, small_network, mask=clip_of(masks), guide=clip_of(frames, "guide.gif"), frames=5, **QUICK)
    assert [float(job.told(number)["mask"].mean()) for number in range(4)] == [0, 1, 0, 1]
    guides = [job.told(number)["layer"].pictures() for number in (0, 3)]
    assert [each[0] for each in guides] == [Picture(np.float32(frames[number])) for number in (0, 3)]
    assert {*job.settings["clips"]} == {"mask", "guide"}


def test_another_clip_or_another_follow_makes_another_job(frames, small_network):
    def settings(clip, **more):
        return make_job(clip, small_network, **QUICK, **more).settings

    assert settings(clip_of(frames)) == settings(clip_of(frames))
    assert settings(clip_of(frames)) != settings(clip_of([*frames[:-1], frames[0]]))
    assert settings(clip_of(frames)) != settings(clip_of(frames), follow=0.5)
    assert "video" not in make_job(Picture(np.float32(frames[0])), small_network, **QUICK).settings


def test_frames_of_a_clip_that_are_left_out_are_spoken_of(small_network):
    with pytest.warns(UserWarning, match="the clip has 3 frames; frames=2 leaves out the rest"):
        make_job(clip_of(moving_picture(3)), small_network, frames=2, **QUICK)
