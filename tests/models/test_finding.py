"""Which two files a model's name means, and what is said where it means none."""

import os
import shutil

import pytest

from dreamcore.errors import DreamError
from dreamcore.models import finding, load_network
from dreamcore.models.finding import find_model
from tests.network.small import PROTOTXT, write_model


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DREAMCORE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(finding, "user_folder", lambda: tmp_path / "none")
    write_model(tmp_path / "models/net")
    return tmp_path / "models/net"


def test_two_architectures_are_named_and_one_can_be_chosen(folder):
    shutil.copy(folder / "deploy.prototxt", folder / "deploy_large.prototxt")
    with pytest.raises(DreamError, match=r"2 architectures: deploy.prototxt, deploy_large.prototxt; .*--prototxt FILE"):
        find_model("net")
    assert find_model("net", "deploy_large.prototxt")[1] == folder / "deploy_large.prototxt"
    assert find_model(folder / "small.caffemodel", "deploy.prototxt")[1] == folder / "deploy.prototxt"
    with pytest.raises(
        DreamError, match=r"""no prototxt 'deploy_larg' \(did you mean "deploy_large.prototxt"\?\); .*holds"""
    ):
        find_model("net", "deploy_larg")


def test_a_prototxt_may_lie_elsewhere(folder, tmp_path):
    (tmp_path / "own.prototxt").write_text(PROTOTXT.replace('name: "norm"', 'name: "other"'))
    assert "other" in load_network("net", prototxt=tmp_path / "own.prototxt", device="cpu").layers


def test_weights_mean_the_architecture_of_their_name(tmp_path):
    for name in ("first", "first_v2"):
        prototxt, _ = write_model(tmp_path, name=name)
        prototxt.rename(tmp_path / f"{name}_deploy.prototxt")
    assert find_model(tmp_path / "first_v2.caffemodel")[1].name == "first_v2_deploy.prototxt"
    assert find_model(tmp_path / "first.caffemodel")[1].name == "first_deploy.prototxt"
    with pytest.raises(DreamError, match="2 files of weights: first.caffemodel, first_v2.caffemodel; name one"):
        find_model(tmp_path)


def test_weights_in_hdf5_are_a_model_too(folder):
    (folder / "small.caffemodel").rename(folder / "small.h5")
    assert find_model("net")[2] == folder / "small.h5"
    (folder / "other.caffemodel").touch()
    assert find_model("net")[2] == folder / "other.caffemodel"


@pytest.mark.parametrize(
    "name", ["a" * 300, "a\0b", "", "a/b/c", "/" + "b/" * 3000, "\udcff", "no such", None, 3, ("a",)]
)
def test_a_name_that_means_nothing_is_one_short_line(folder, name):
    with pytest.raises(DreamError) as error:
        load_network(name, device="cpu")
    assert len(str(error.value)) < 250
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["p" * 300, "a\0b", "", "."])
def test_a_prototxt_that_means_nothing_is_one_short_line(folder, name):
    with pytest.raises(DreamError, match="no prototxt"):
        find_model("net", name)


def test_an_unreadable_folder_is_one_line(folder, monkeypatch):
    def listdir(path):
        raise PermissionError(13, os.strerror(13), str(path))

    monkeypatch.setattr(finding.os, "listdir", listdir)
    with pytest.raises(DreamError, match="cannot read the folder .*net: Permission denied"):
        find_model(folder)
    assert finding.installed() == {}


def test_a_user_without_a_home_has_the_models_that_come_along(monkeypatch):
    def nobody():
        raise DreamError("this user has no home folder; set HOME to one")

    monkeypatch.delenv("DREAMCORE_MODELS", raising=False)
    monkeypatch.setattr(finding, "user_folder", nobody)
    assert "dreamlet" in finding.installed()
