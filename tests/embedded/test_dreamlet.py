"""The model that comes with the program: what its files promise."""

import numpy as np
import pytest

import dreamcore
from dreamcore.models.finding import EMBEDDED

FOLDER = EMBEDDED / "dreamlet"


@pytest.fixture(scope="module")
def dreamlet():
    return dreamcore.load_network(FOLDER, device="cpu")


def picture(height=96, width=112):
    rng = np.random.default_rng(0)
    return np.kron(rng.uniform(0, 255, (height // 8, width // 8, 3)), np.ones((8, 8, 1))).astype(np.float32)


def test_is_what_a_network_without_a_name_means():
    assert dreamcore.load_network(device="cpu").name == "dreamlet"


def test_is_small():
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= 10e6


def test_uses_only_layers_that_every_caffe_has():
    text = (FOLDER / "deploy.prototxt").read_text()
    types = {line.split('"')[1] for line in text.splitlines() if line.strip().startswith("type:")}
    assert types == {"Input", "Convolution", "ReLU", "Pooling", "LRN", "Concat"}


def test_has_a_different_blob_for_each_role(dreamlet):
    assert set(dreamlet.roles) == {"textures", "patterns", "parts", "objects"}
    assert len(set(dreamlet.roles.values())) == 4
    assert set(dreamlet.roles.values()) <= {*dreamlet.blobs, *dreamlet.layers}


def test_imitates_all_channels_of_both_blobs(dreamlet):
    data = np.zeros((3, 64, 80), np.float32)
    blobs = dreamlet.activations(data, "dream_3b", "dream_4c")
    assert blobs["dream_3b"].shape == (480, 8, 10)
    assert blobs["dream_4c"].shape == (512, 4, 5)


def test_a_dream_blob_is_its_value_after_the_relu(dreamlet):
    data = np.random.default_rng(0).uniform(-100, 100, (3, 64, 64)).astype(np.float32)
    assert all(blob.min() == 0 for blob in dreamlet.activations(data, "dream_3b", "dream_4c").values())


@pytest.mark.parametrize("role", ["textures", "patterns", "parts", "objects"])
def test_dreams_at_every_role(dreamlet, role):
    dreamed = dreamcore.dream(picture(), dreamlet, layer=role, octaves=2, iterations=3, seed=0)
    assert np.isfinite(dreamed).all()
    assert 2 < np.abs(dreamed - picture()).mean() < 30


@pytest.mark.parametrize("grey", [0, 127, 255])
def test_dreams_on_a_plain_picture(dreamlet, grey):
    plain = np.full((64, 64, 3), grey, np.float32)
    assert np.isfinite(dreamcore.dream(plain, dreamlet, octaves=1, iterations=3, seed=0)).all()


def test_a_dream_keeps_the_mean_colour(dreamlet):
    before = picture()
    after = dreamcore.dream(before, dreamlet, octaves=2, iterations=10, seed=0)
    assert np.abs(after.mean((0, 1)) - before.mean((0, 1))).max() < 25


@pytest.mark.parametrize(("own", "end", "share"), [
    ("dream_3b", "inception_3b/output", 0.2), ("dream_4c", "inception_4c/output", 0.03),
])  # fmt: skip
def test_its_dreams_raise_what_googlenet_sees(dreamlet, shared, own, end, share):
    from dreamcore.ascent.layout import to_data
    from dreamcore.pictures import read_picture

    teacher = dreamcore.load_network(shared / "models/bvlc_googlenet", device="cpu")
    cat = read_picture(shared / "images/cat.jpg").rgb[::3, ::3]

    def energy(image):
        return float(np.square(teacher.activations(to_data(image, teacher), end)[end]).sum())

    dreams = [
        energy(dreamcore.dream(cat, network, layer=each, octaves=2, seed=0))
        for network, each in ((dreamlet, own), (teacher, end))
    ]
    assert dreams[0] - energy(cat) > share * (dreams[1] - energy(cat))
