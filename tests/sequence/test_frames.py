"""Frame directories: what they hold, and that nothing is lost."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from dreamcore import DreamError, zoom
from dreamcore.notes import read_notes
from dreamcore.pictures import Picture
from dreamcore.sequence import frame_files, make_job, plan_job, read_settings, unroll_folder, write_frames
from dreamcore.sequence.resuming import read_state
from dreamcore.transforms import parse
from tests.network.small import write_model

QUICK = {"layer": "join", "iterations": 1, "octaves": 1, "jitter": 3}


@pytest.fixture
def picture():
    return Picture(np.random.default_rng(5).uniform(0, 255, (20, 24, 3)).astype("f4"))


def write(folder, picture, network, frames=3, **options):
    run = {name: options.pop(name) for name in ("resume", "suffix", "progress", "memory") if name in options}
    job = make_job(picture, network, frames=frames, **{**QUICK, **options})
    return list(write_frames(folder, job, **run))


def content(folder):
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_frames_are_numbered_and_come_with_their_settings(tmp_path, picture, network):
    written = write(tmp_path / "a", picture, network)
    assert [number for number, _ in written] == [0, 1, 2]
    assert sorted(content(tmp_path / "a")) == ["0000.png", "0001.png", "0002.png", "sequence.json", "state.npz"]
    assert [path for _, path in frame_files(tmp_path / "a")] == [path for _, path in written]
    settings = read_settings(tmp_path / "a")
    assert settings["parameters"]["layer"] == "join"
    assert settings["transform"] == "zoom(0.05)"
    assert settings["frames"] == 3
    assert settings["versions"]["numpy"] == np.__version__


def test_each_frame_carries_what_made_it(tmp_path, picture, network):
    write(tmp_path / "a", picture, network, seed=4)
    notes = read_notes(tmp_path / "a" / "0002.png")
    assert (notes["frame"], notes["seed"], notes["parameters"]["jitter"]) == (2, 4, 3)


def test_jpeg_frames(tmp_path, picture, network):
    write(tmp_path / "a", picture, network, frames=1, suffix=".jpg")
    assert read_notes(tmp_path / "a" / "0000.jpg")["frame"] == 0


def test_alpha_is_in_every_frame(tmp_path, picture, network):
    alpha = np.full((20, 24), 50, "f4")
    write(tmp_path / "a", Picture(picture.rgb, alpha), network, frames=2)
    assert np.asarray(Image.open(tmp_path / "a" / "0001.png"))[..., 3].tolist() == alpha.tolist()


def test_a_longer_run_starts_like_a_shorter_one_and_resuming_makes_the_same_files(tmp_path, picture, network):
    write(tmp_path / "whole", picture, network, frames=5)
    write(tmp_path / "parts", picture, network, frames=2)
    assert [number for number, _ in write(tmp_path / "parts", picture, network, frames=5, resume=True)] == [2, 3, 4]
    assert content(tmp_path / "parts") == content(tmp_path / "whole")


@pytest.mark.parametrize("lost", [{0}, {1, 3}, {3, 4}, {0, 1, 2, 3, 4}])
@pytest.mark.parametrize("how", ["gone", "empty", "cut", "damaged"])
def test_resuming_makes_frames_again_that_are_not_whole(tmp_path, picture, network, lost, how):
    write(tmp_path / "whole", picture, network, frames=6)
    write(tmp_path / "a", picture, network, frames=5)
    for number in lost:
        path = tmp_path / "a" / f"{number:04d}.png"
        whole = path.read_bytes()
        damaged = whole[:-60] + bytes(20) + whole[-40:]
        path.write_bytes({"empty": b"", "cut": whole[:-20], "damaged": damaged}.get(how, b""))
        if how == "gone":
            path.unlink()
    with pytest.warns(UserWarning, match=f"frames? {min(lost)}.* missing in .*made again"):
        made = write(tmp_path / "a", picture, network, frames=6, resume=True)
    assert [number for number, _ in made] == [*sorted(lost), 5]
    assert content(tmp_path / "a") == content(tmp_path / "whole")


def test_resuming_looks_only_at_the_frames_that_are_asked_for(tmp_path, picture, network):
    write(tmp_path / "a", picture, network, frames=3)
    (tmp_path / "a/0002.png").unlink()
    assert write(tmp_path / "a", picture, network, frames=2, resume=True) == []


@pytest.mark.parametrize("content_of_state", [b"", b"cut", b"PK\3\4"])
def test_a_damaged_state_is_one_clear_error_and_without_it_all_is_made_again(
    tmp_path, picture, network, content_of_state
):
    write(tmp_path / "a", picture, network)
    before = content(tmp_path / "a")
    (tmp_path / "a/state.npz").write_bytes(content_of_state)
    with pytest.raises(DreamError, match="state.npz is damaged; delete it"):
        write(tmp_path / "a", picture, network, resume=True)
    (tmp_path / "a/state.npz").unlink()
    write(tmp_path / "a", picture, network, resume=True)
    assert content(tmp_path / "a") == before


@pytest.mark.parametrize(
    "state",
    [
        {"number": 1, "frame": np.zeros((24, 20, 3), "f4"), "previous": ()},
        {"number": 1, "frame": np.zeros((20, 24, 3), "f8"), "previous": ()},
        {"number": 1, "frame": np.full((20, 24, 3), np.nan, "f4"), "previous": ()},
        {"number": -7, "frame": np.zeros((20, 24, 3), "f4"), "previous": ()},
        {"number": "one", "frame": np.zeros((20, 24, 3), "f4"), "previous": ()},
        {"number": 1, "frame": np.zeros((20, 24, 3), "f4"), "previous": np.zeros((2, 2, 3), "f4")},
        {"number": 1},
    ],
)
def test_a_state_of_something_else_is_damaged(tmp_path, picture, network, state):
    write(tmp_path / "a", picture, network)
    np.savez(tmp_path / "a/state.npz", **state)
    with pytest.raises(DreamError, match="state.npz is damaged"):
        write(tmp_path / "a", picture, network, resume=True)


def test_a_folder_without_a_name_is_not_the_current_one(tmp_path, picture, network, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DreamError, match="has no name"):
        write("", picture, network)
    assert content(tmp_path) == {}


def test_own_pictures_that_are_called_as_frames_stay(tmp_path, picture, network):
    (tmp_path / "0000.png").write_bytes(b"mine")
    for resume in (False, True):
        with pytest.raises(DreamError, match="holds"):
            write(tmp_path, picture, network, resume=resume)
    assert content(tmp_path) == {"0000.png": b"mine"}


@pytest.mark.parametrize("number", [0, 1, 2, 4])
@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_resuming_writes_over_no_picture_of_ones_own(tmp_path, picture, network, number, suffix):
    write(tmp_path, picture, network, frames=2, suffix=suffix)
    if number < 2:
        (tmp_path / "state.npz").unlink()  # so that all frames are made again
    mine = tmp_path / f"{number:04d}{suffix}"
    Image.new("RGB", (5, 4), "red").save(mine)
    before = content(tmp_path)
    with pytest.raises(DreamError, match=f"{mine.name} is not a frame of this program"):
        write(tmp_path, picture, network, frames=5, suffix=suffix, resume=True)
    assert content(tmp_path) == before


def test_resuming_goes_on_over_a_frame_that_was_saved_without_its_state(tmp_path, picture, network):
    write(tmp_path / "a", picture, network, frames=2)
    state = (tmp_path / "a/state.npz").read_bytes()
    write(tmp_path / "a", picture, network, frames=3, resume=True)
    (tmp_path / "a/state.npz").write_bytes(state)
    assert [number for number, _ in write(tmp_path / "a", picture, network, frames=3, resume=True)] == [2]


def test_resuming_does_not_write_into_a_folder_that_is_called_as_a_frame(tmp_path, picture, network):
    write(tmp_path, picture, network, frames=2)
    (tmp_path / "0002.png").mkdir()
    with pytest.raises(DreamError, match=r"0002.png: that is a folder"):
        write(tmp_path, picture, network, frames=3, resume=True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX")
def test_a_pipe_in_a_frame_directory_is_not_waited_for(tmp_path, picture, network):
    write(tmp_path, picture, network, frames=2)
    for name, message in (("state.npz", "state.npz is damaged"), ("sequence.json", "it is not a file")):
        (tmp_path / name).unlink()
        os.mkfifo(tmp_path / name)
        with pytest.raises(DreamError, match=message):
            write(tmp_path, picture, network, frames=3, resume=True)


def test_a_small_state_that_says_it_is_huge_is_damaged_and_not_read(tmp_path, picture, network, monkeypatch):
    write(tmp_path, picture, network)
    state = {"number": 1, "frame": np.zeros((20, 24, 3), "f4"), "previous": np.zeros(2**22, "f4")}
    np.savez_compressed(tmp_path / "state.npz", **state)
    monkeypatch.setattr(np.lib.format, "read_array", lambda *_, **__: pytest.fail("it is read"))
    with pytest.raises(DreamError, match="state.npz is damaged"):
        write(tmp_path, picture, network, resume=True)


@pytest.mark.skipif(os.name == "nt", reason="Windows needs a right to make links")
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_lock_that_is_a_link_is_not_followed(tmp_path, picture, network, link):
    (tmp_path / "a").mkdir()
    (tmp_path / "mine").write_text("kept")
    link(tmp_path / "mine", tmp_path / "a/.dreamcore-lock")
    with pytest.raises(DreamError, match="is no lock of this program"):
        write(tmp_path / "a", picture, network)
    assert (tmp_path / "mine").read_text() == "kept"


def test_a_second_run_in_a_folder_is_refused_and_changes_nothing(tmp_path, picture, network):
    first = write_frames(tmp_path / "a", make_job(picture, network, frames=3, **QUICK))
    next(first)
    for resume in (False, True):
        with pytest.raises(DreamError, match="another run works in .*a "):
            write(tmp_path / "a", picture, network, resume=resume)
    assert len(list(first)) == 2
    write(tmp_path / "b", picture, network)
    assert content(tmp_path / "a") == content(tmp_path / "b")


@pytest.mark.parametrize("text", ["[]", "null", "{", "", "[" * 100_000, '{"plan": 3}', '{"pictures": [], "guide": {}}'])
def test_damaged_settings_are_one_clear_error(tmp_path, picture, network, text):
    write(tmp_path / "a", picture, network)
    (tmp_path / "a/sequence.json").write_text(text)
    with pytest.raises(DreamError, match="sequence.json is damaged|was made with another"):
        write(tmp_path / "a", picture, network, resume=True)


@pytest.mark.parametrize("plan", [3, {}, {"tiles": 1}, [[]], "x"])
def test_a_damaged_plan_is_one_clear_error(tmp_path, picture, network, plan):
    write(tmp_path / "a", picture, network)
    settings = {**read_settings(tmp_path / "a"), "plan": plan}
    (tmp_path / "a/sequence.json").write_text(json.dumps(settings))
    with pytest.raises(DreamError, match="sequence.json is damaged"):
        write(tmp_path / "a", picture, network, resume=True)


@pytest.mark.parametrize("value", [2, None])
def test_a_parameter_of_a_later_version_is_named(tmp_path, picture, network, value):
    write(tmp_path / "a", picture, network)
    settings = read_settings(tmp_path / "a")
    settings["parameters"]["sharpness"] = value
    (tmp_path / "a/sequence.json").write_text(json.dumps(settings))
    with pytest.raises(DreamError, match="sharpness of the parameters, which this version does not know"):
        write(tmp_path / "a", picture, network, resume=True)


def test_resuming_on_another_machine_says_so(tmp_path, picture, network):
    write(tmp_path / "a", picture, network)
    settings = {**read_settings(tmp_path / "a"), "device": "cuda"}
    (tmp_path / "a/sequence.json").write_text(json.dumps(settings))
    with pytest.warns(UserWarning, match="device: cuda, now cpu.*may differ"):
        assert len(write(tmp_path / "a", picture, network, frames=4, resume=True)) == 1


def test_frames_that_the_disk_has_no_room_for_are_refused_before_the_first(tmp_path, picture, network, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(DreamError, match="too little room in .*a: about .* needed, 1 kB are free"):
        write(tmp_path / "a", picture, network)
    assert not (tmp_path / "a").exists()


def test_resuming_what_is_finished_makes_nothing(tmp_path, picture, network):
    write(tmp_path / "a", picture, network)
    assert write(tmp_path / "a", picture, network, resume=True) == []


def test_resuming_an_empty_folder_starts(tmp_path, picture, network):
    assert len(write(tmp_path / "a", picture, network, resume=True)) == 3


def test_a_folder_with_frames_is_not_overwritten(tmp_path, picture, network):
    write(tmp_path / "a", picture, network, frames=1)
    before = content(tmp_path / "a")
    with pytest.raises(DreamError, match="holds frames already; resume"):
        write(tmp_path / "a", picture, network)
    assert content(tmp_path / "a") == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 9}, "seed: 0, now 9"),
        ({"iterations": 2}, "iterations: 1, now 2"),
        ({"transform": zoom(0.1)}, r"transform: zoom\(0.05\), now zoom\(0.1\)"),
        ({"mask": np.ones((20, 24))}, "another mask"),
    ],
)
def test_resuming_with_other_settings_names_the_difference(tmp_path, picture, network, change, message):
    write(tmp_path / "a", picture, network, frames=1)
    with pytest.raises(DreamError, match=message):
        write(tmp_path / "a", picture, network, resume=True, **change)


def test_resuming_with_another_picture_is_refused(tmp_path, picture, network):
    write(tmp_path / "a", picture, network, frames=1)
    with pytest.raises(DreamError, match="another picture; use the same"):
        write(tmp_path / "a", Picture(picture.rgb + 1), network, resume=True)


def test_a_resumed_run_goes_by_the_plan_that_the_folder_notes(tmp_path, picture, network, monkeypatch):
    write(tmp_path / "whole", picture, network, frames=3)
    write(tmp_path / "parts", picture, network, frames=1)
    plan = read_settings(tmp_path / "parts")["plan"]
    monkeypatch.setattr("dreamcore.sequence.frames.plan_job", lambda *_: pytest.fail("planned anew"))
    write(tmp_path / "parts", picture, network, frames=3, resume=True)
    assert read_settings(tmp_path / "parts")["plan"] == plan
    assert content(tmp_path / "parts") == content(tmp_path / "whole")


def test_a_tiled_run_is_resumed_in_the_same_tiles_whatever_memory_is_free(tmp_path, picture, network):
    job = make_job(picture, network, frames=3, **QUICK)
    tiled = replace(plan_job(job), tile_pixels=300, tiles=4)
    [*write_frames(tmp_path / "whole", job, plan=tiled)]
    [*write_frames(tmp_path / "parts", make_job(picture, network, frames=1, **QUICK), plan=tiled)]
    [*write_frames(tmp_path / "parts", job, resume=True)]  # with all the memory of this machine
    assert content(tmp_path / "parts") == content(tmp_path / "whole")


def test_less_memory_than_the_frames_were_planned_with_is_refused(tmp_path, picture, network):
    write(tmp_path / "a", picture, network, frames=1)
    with pytest.raises(DreamError, match="memory is 1 kB, but the frames there were made with .* of memory"):
        write(tmp_path / "a", picture, network, resume=True, memory=1000)


def test_a_folder_of_version_0_1_0_goes_on(tmp_path, picture, network):
    write(tmp_path / "whole", picture, network, frames=3, guide="first")
    write(tmp_path / "old", picture, network, frames=1, guide="first")
    settings = read_settings(tmp_path / "old")
    for name in ("plan", "pictures"):  # what it did not note
        del settings[name]
    for name in ("smooth", "blur", "colour", "robustness"):
        del settings["parameters"][name]
    settings |= {"guide": settings["picture"]["sha256"], "memory": None, "program": "dreamcore 0.1.0"}
    (tmp_path / "old" / "sequence.json").write_text(json.dumps(settings))
    write(tmp_path / "old", picture, network, frames=3, guide="first", resume=True)
    frames = ("0001.png", "0002.png", "state.npz")
    old, whole = content(tmp_path / "old"), content(tmp_path / "whole")
    assert all(old[name] == whole[name] for name in frames)


def test_a_damaged_state_is_one_clear_error(tmp_path, picture, network):
    write(tmp_path / "a", picture, network, frames=1)
    (tmp_path / "a" / "state.npz").write_bytes(b"damaged")
    with pytest.raises(DreamError, match=r"state\.npz is damaged"):
        write(tmp_path / "a", picture, network, resume=True)


def test_what_is_no_frame_directory_says_so(tmp_path):
    with pytest.raises(DreamError, match="not a frame directory"):
        read_settings(tmp_path)


# The process below loads everything once; each child it forks goes on with the directory until it is killed.
KILLED_RUNS = """
import json, os, random, signal, sys, time
import numpy, torch
from dreamcore import load_network
from dreamcore.pictures import read_picture
from dreamcore.sequence import make_job, write_frames

torch.set_num_threads(1)
model, picture, folder, transform, parameters, kills = sys.argv[1:]
network, picture = load_network(model, device="cpu"), read_picture(picture)

def run():
    job = make_job(picture, network, transform=transform, frames=12, seed=3, **json.loads(parameters))
    for _ in write_frames(folder, job, resume=True):
        pass

random.seed(1)
killed = 0
for moment in range(int(kills)):
    child = os.fork()
    if child == 0:
        run()
        os._exit(0)
    time.sleep(random.uniform(0, 0.1))
    os.kill(child, signal.SIGKILL)
    killed += os.waitpid(child, 0)[1] == signal.SIGKILL
run()
print(killed)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills processes the way POSIX does")
@pytest.mark.parametrize(("kills", "more"), [(20, {}), (12, {"between": 1, "loop": True})])
def test_killed_at_random_moments_nothing_is_lost_and_no_byte_differs(tmp_path, picture, network, kills, more):
    model = write_model(tmp_path / "small")[1].parent
    shifts = "roll(axis=columns, shift=random(low=-3, high=3))"
    transform = f"chain(zoom(0.03), {shifts}, hold(what=mean), random_choice(invert, zoom(-0.1)))"
    parameters = {**QUICK, "iterations": "0:1, 11:3", "step_size": "sin(period=6, low=1, high=4)", **more}
    source = tmp_path / "picture.png"
    Image.fromarray(picture.rgb.astype("u1")).save(source)

    def run(folder, kills):
        arguments = [model, source, folder, str(parse(transform)), json.dumps(parameters), kills]
        command = [sys.executable, "-c", KILLED_RUNS, *map(str, arguments)]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    run(tmp_path / "whole", 0)
    assert run(tmp_path / "killed", kills) > 0
    assert content(tmp_path / "killed") == content(tmp_path / "whole")
    assert len(frame_files(tmp_path / "whole")) == 12


def test_ctrl_c_keeps_the_frames_that_are_finished(tmp_path, picture, network):
    def interrupt(done, steps, seen=[]):  # noqa: B006
        seen.append(done)
        if len(seen) == 3:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "a", picture, network, progress=interrupt)
    assert [number for number, _ in frame_files(tmp_path / "a")] == [0, 1]
    assert not list((tmp_path / "a").glob(".*"))


def test_unrolling_says_which_frames_are_missing(tmp_path, picture, network):
    write(tmp_path / "a", picture, network, frames=5, transform="roll(shift=1)")
    for number in (1, 3):
        (tmp_path / f"a/{number:04d}.png").unlink()
    with pytest.warns(UserWarning, match="frames are missing in .*: 1, 3$"):
        assert unroll_folder(tmp_path / "a", tmp_path / "b") == 3


@pytest.mark.parametrize("name", ["frame", "previous"])
def test_a_state_whose_part_is_no_array_is_damaged(tmp_path, name):
    np.savez(tmp_path / "whole.npz", number=1, frame=np.zeros((2, 3, 3), "f4"), previous=())
    with ZipFile(tmp_path / "whole.npz") as whole, ZipFile(tmp_path / "state.npz", "w") as state:
        for part in whole.namelist():
            state.writestr(part, b"no array" if part == f"{name}.npy" else whole.read(part))
    assert read_state(tmp_path / "whole.npz", (3, 2)).done == 2
    with pytest.raises(DreamError, match="state.npz is damaged"):
        read_state(tmp_path / "state.npz", (3, 2))
