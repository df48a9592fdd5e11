"""What is refused has written nothing: no folder, no file, not even for a moment that a kill could make last."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dreamcore.cli import main
from dreamcore.pictures import write_picture

QUICK = ["--model", "small", "--layer", "join", "--iterations", "1", "--octaves", "1"]
SHARED = ["clip.gif", "--follow", "0", "--on", "tcp://127.0.0.1:9", *QUICK]
SWEEP = ["sweep", "in.png", "a/many", *QUICK]
BREED = ["breed", "dogesine", "a/family", "--children", "1"]


@pytest.fixture
def laid(desk):
    """A desk with a folder of pictures of one's own, an empty folder, and a clip; what there is, as a list."""
    for place in ("mine", "out-frames", "empty"):
        Path(place).mkdir()
    write_picture("mine/0000.png", np.zeros((48, 64, 3), "u1"))
    write_picture("out-frames/0000.png", np.zeros((48, 64, 3), "u1"))
    shades = [Image.new("RGB", (64, 48), (90 * shade, 9, 9)) for shade in range(3)]
    shades[0].save("clip.gif", save_all=True, append_images=shades[1:])
    return lambda: sorted(map(str, Path(".").rglob("*")))


@pytest.mark.parametrize(
    "arguments",
    [
        ["frames", "in.png", "a/b", *QUICK, "--layer", "nowhere"],
        ["frames", "in.png", "a/b", *QUICK, "--memory", "1kB"],
        ["frames", "in.png", "mine", *QUICK, "--save-recipe", "kept.toml"],
        ["frames", "in.png", "in.png", *QUICK, "--save-recipe", "kept.toml"],
        ["frames", "in.png", "a/b", *QUICK, "--save-recipe", "nowhere/kept.toml"],
        ["frames", "in.png", "a/b", *QUICK, "--from", "empty"],
        ["animate", "in.png", "out.gif", *QUICK],
        ["animate", "in.png", "new.gif", *QUICK, "--frames", "2", "--cross-fade", "9"],
        [*SWEEP, "--vary", "octaves=1,99"],
        [*SWEEP, "--animate", "gif", "--cross-fade", "9"],
        [*SWEEP, "--cells", "2"],
        [*SWEEP, "--on", "tls://127.0.0.1:9"],
        [*BREED, "--device", "nowhere"],
        [*BREED, "--picture", "no.png"],
        ["unroll", "mine", "a/b"],
        ["preview", "in.png", "new.xyz", "--plot", "plot.png"],
        ["farm", "export", "no.toml", "--to", "slurm"],
    ],
    ids=" ".join,
)
def test_what_is_refused_has_written_nothing(laid, capsys, arguments):
    before = laid()
    assert main(arguments) in (1, 2, 33)
    assert laid() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["frames", SHARED[0], "a/b", *SHARED[1:]],
        ["animate", SHARED[0], "new.gif", *SHARED[1:]],
        [*SWEEP, *SHARED[3:5]],
        [*BREED, "--picture", "in.png", *SHARED[3:5]],
    ],
    ids=["frames", "animate", "sweep", "breed"],
)
def test_nor_where_no_scheduler_answers(laid, capsys, monkeypatch, arguments):
    dask = pytest.importorskip("dask")
    connecting = pytest.importorskip("dreamcore.farm.connecting")
    monkeypatch.setattr(connecting, "ANSWER", 0)
    before = laid()
    with dask.config.set({"distributed.comm.timeouts.connect": "100ms"}):
        assert main(arguments) == 1
    assert "no scheduler of dask answers at tcp://127.0.0.1:9" in capsys.readouterr().err
    assert laid() == before


@pytest.mark.parametrize("arguments", [["frames", "in.png", "a/b", *QUICK], SWEEP], ids=["frames", "sweep"])
def test_nor_where_the_disk_has_no_room(laid, capsys, monkeypatch, arguments):
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("", (), {"free": 10}))
    before = laid()
    assert main(arguments) == 1
    assert "there is too little room" in capsys.readouterr().err
    assert laid() == before


@pytest.mark.parametrize(
    "arguments",
    [["still", "in.png", "out.png", *QUICK], ["atlas", "in.png", "out.png"], ["animate", "in.png", "out.gif", *QUICK]],
    ids=["still", "atlas", "animate"],
)
def test_a_file_that_cannot_be_written_is_found_before_the_dream(desk, capsys, monkeypatch, arguments):
    from dreamcore import files
    from dreamcore.network import Network

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files, "_open_hidden", refuse)
    monkeypatch.setattr(Network, "gradient", None)
    assert main(arguments) == 1
    assert "Permission denied" in capsys.readouterr().err
