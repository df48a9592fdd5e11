"""How a name becomes a network, and the command that lists, checks and finds models."""

import subprocess
import sys
from hashlib import sha1

import pytest
from click.testing import CliRunner

from dreamcore.cli.models import command
from dreamcore.errors import DreamError
from dreamcore.models import known, load_network, zoo
from dreamcore.models.known import KNOWN, File, Model
from tests.network.small import picture, write_model


@pytest.fixture
def places(tmp_path, monkeypatch):
    """The three kinds of folders that are searched: the environment's, the user's, the program's."""
    folders = {name: tmp_path / name for name in ("first", "second", "user", "embedded")}
    monkeypatch.setenv("DREAMCORE_MODELS", f"{folders['first']}:{folders['second']}".replace(":", zoo.os.pathsep))
    monkeypatch.setattr(zoo, "user_folder", lambda: folders["user"])
    monkeypatch.setattr(zoo, "EMBEDDED", folders["embedded"])
    return folders


def test_the_search_path_is_environment_then_user_then_program(places):
    assert zoo.search_path() == [*places.values()]


def test_without_the_variable_the_users_folder_comes_first(places, monkeypatch):
    monkeypatch.delenv("DREAMCORE_MODELS")
    assert zoo.search_path() == [places["user"], places["embedded"]]


def test_the_users_folder_follows_the_data_folder_of_the_system(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_data_path", lambda name: tmp_path / name)
    assert zoo.user_folder() == tmp_path / "dreamcore/models"


def test_the_first_folder_that_holds_a_name_wins(places):
    for name in ("embedded", "user", "second", "first"):
        write_model(places[name] / "net")
        assert zoo.where("net") == places[name] / "net"


def test_folders_without_weights_are_no_models(places):
    (places["first"] / "notes").mkdir(parents=True)
    (places["first"] / "README.md").touch()
    write_model(places["first"] / ".net.part")
    write_model(places["user"] / "net")
    assert zoo.installed() == {"net": places["user"] / "net"}


def test_every_spelling_of_a_model_loads(places, monkeypatch):
    prototxt, caffemodel = write_model(places["user"] / "net")
    monkeypatch.chdir(places["user"])
    for model in ("net", places["user"] / "net", str(places["user"] / "net"), ".", caffemodel, (prototxt, caffemodel)):
        monkeypatch.chdir(places["user"] / "net")
        network = load_network(model, device="cpu")
        assert network.name in ("net", "small")
        assert network.sha256 == zoo.file_hash(caffemodel)


def test_a_deploy_file_is_chosen_among_several(places):
    folder = places["user"] / "net"
    write_model(folder)
    (folder / "train_val.prototxt").write_text("x")
    (folder / "solver.prototxt").write_text("x")
    assert zoo.find_model("net")[1] == folder / "deploy.prototxt"


def test_a_folder_with_two_models_is_an_error(places):
    write_model(places["user"] / "net")
    write_model(places["user"] / "net", name="other")
    with pytest.raises(DreamError, match="must hold one .caffemodel; it holds 2"):
        zoo.find_model("net")


def test_a_folder_without_prototxt_is_an_error(places):
    write_model(places["user"] / "net")[0].unlink()
    with pytest.raises(DreamError, match="must hold one deploy .prototxt; it holds 0"):
        load_network("net", device="cpu")


def test_an_unknown_name_suggests_the_nearest_and_lists_what_is_there(places):
    write_model(places["user"] / "snails")
    with pytest.raises(DreamError, match=r"""no model 'snail' \(did you mean "snails"\?\); installed: snails"""):
        load_network("snail")


def test_a_known_model_that_is_not_installed_says_how_to_get_it(places):
    with pytest.raises(DreamError, match="`dreamcore models fetch` downloads known ones; installed: none"):
        load_network("bvlc_googlenet")


def test_an_unknown_device_or_backend_is_an_error(places):
    write_model(places["user"] / "net")
    with pytest.raises(DreamError, match="no device 'gpu' on this machine; allowed: auto, cpu"):
        load_network("net", device="gpu")
    with pytest.raises(DreamError, match=r"""no backend 'cafe' \(did you mean "caffe"\?\); allowed: torch, caffe"""):
        load_network("net", backend="cafe")


def test_a_known_model_has_its_mean_and_an_unknown_one_that_of_imagenet(places, monkeypatch):
    monkeypatch.setitem(KNOWN, "seen", Model("Seen", "", "", mean=(1, 2, 3), roles={"parts": "norm"}))
    for name in ("seen", "unseen"):
        write_model(places["user"] / name)
    assert load_network("seen", device="cpu").mean.tolist() == [1, 2, 3]
    assert load_network("seen", device="cpu").roles["parts"] == "norm"
    assert load_network("unseen", device="cpu").mean.tolist() == [*known.IMAGENET_MEAN]


def test_every_known_model_is_complete():
    for model in KNOWN.values():
        assert all((model.title, model.source, model.licence, len(model.mean) == 3))
        assert set(model.roles) <= {"textures", "patterns", "parts", "objects"}
        names = [name for file in model.files for name in (file.members.values() or [file.name])]
        assert not model.files or sorted(name.rpartition(".")[2] for name in names) == ["caffemodel", "prototxt"]
        for file in model.files:
            algorithm, _, digits = (file.hash or "sha1:" + "0" * 40).partition(":")
            assert len(digits) == {"sha1": 40, "sha256": 64, "sha384": 96}[algorithm]
            int(digits, 16)


def test_a_loaded_network_dreams_any_end_of_its_roles(places):
    write_model(places["user"] / "net")
    network = load_network("net", device="cpu")
    for end in network.roles.values():
        assert network.gradient(picture(), end)[1].any()


def invoke(*arguments):
    result = CliRunner().invoke(command, arguments)
    if result.exception:
        raise result.exception
    return result.output


def test_list_shows_installed_models_and_known_ones(places):
    write_model(places["user"] / "net")
    output = invoke("list")
    assert str(places["user"] / "net") in output
    assert "dreamcore models fetch bvlc_googlenet" in output
    assert "unrestricted use" in output


def test_where_prints_the_search_path_or_a_models_folder(places):
    write_model(places["user"] / "net")
    assert invoke("where").split() == [str(folder) for folder in places.values()]
    assert invoke("where", "net").strip() == str(places["user"] / "net")


@pytest.mark.parametrize(
    ("published", "verdict"), [(True, "the published file"), (False, "not the published"), (None, "no hash")]
)
def test_check_prints_hash_and_verdict(places, monkeypatch, published, verdict):
    caffemodel = write_model(places["user"] / "net")[1]
    digest = sha1(caffemodel.read_bytes() if published else b"").hexdigest()
    file = File("small.caffemodel", "http://nowhere", "" if published is None else f"sha1:{digest}")
    monkeypatch.setitem(KNOWN, "net", Model("Net", "", "", files=(file,)))
    output = invoke("check", "net")
    assert f"sha256        {zoo.file_hash(caffemodel)}\n              {verdict}" in output
    assert "blobs         10; the two files fit each other" in output


def test_check_of_files_that_do_not_fit_is_an_error(places):
    prototxt, _ = write_model(places["user"] / "net")
    prototxt.write_text(prototxt.read_text().replace("num_output: 4", "num_output: 5"))
    with pytest.raises(DreamError, match=r"'conv1' \(Convolution\).*\(5, 3, 3, 3\), found \(4, 3, 3, 3\)"):
        invoke("check", "net")


def test_check_says_what_cannot_run_and_what_can(places):
    prototxt, _ = write_model(places["user"] / "net")
    more = 'layer { name: "odd" type: "Warp" bottom: "norm" top: "odd" }\n'
    more += 'layer { name: "late" type: "PReLU" bottom: "norm" top: "late" }'
    prototxt.write_text(prototxt.read_text() + more)
    output = invoke("check", "net")
    assert "cannot run    layer 'odd' is of type 'Warp', which this program does not know" in output
    assert "cannot run    layer 'late' (PReLU) needs 1 weight blobs; the model has 0" in output
    assert "can run       9 blobs, up to prob" in output


def test_check_of_a_network_whose_layers_do_not_hang_together_is_an_error(places):
    prototxt, _ = write_model(places["user"] / "net")
    prototxt.write_text(prototxt.read_text().replace('bottom: "norm"', 'bottom: "nrm"'))
    with pytest.raises(DreamError, match=r"""layer 'mean' reads 'nrm' \(did you mean "norm"\?\), which no layer"""):
        invoke("check", "net")


def test_check_of_a_network_of_which_nothing_can_run_is_an_error(places):
    prototxt, _ = write_model(places["user"] / "net")
    data, first, *_ = prototxt.read_text().replace("Convolution", "Konvolution").split("layer {")[1:]
    prototxt.write_text(f"layer {{{data} layer {{{first}")
    with pytest.raises(DreamError, match="layer 'conv1' is of type 'Konvolution'"):
        invoke("check", "net")


def test_listing_imports_neither_torch_nor_protobuf():
    code = "import sys; from dreamcore import models; models.list(); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "dreamcore.models.zoo" in modules
    assert not {"torch", "google.protobuf", "pooch"} & {*modules}
