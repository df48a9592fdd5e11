"""Dreams of classes with real weights: the score rises, and the classifier finds the class in the picture."""

import numpy as np
import pytest
from PIL import Image

from dreamcore import dream, load_network
from dreamcore.ascent.layout import to_data


@pytest.fixture(scope="module", params=["bvlc_googlenet", "squeezenet_v1.1"])
def network(request, shared):
    return load_network(shared / "models" / request.param, device="cpu")


@pytest.fixture(scope="module")
def sky(shared):
    return np.asarray(Image.open(shared / "images" / "sky1024px.jpg").convert("RGB").resize((168, 168)), np.float32)


def scores_of(picture, network):
    """What the classifier says of a picture in the size that it was made for."""
    side = network.graph.size[2]
    large = np.asarray(Image.fromarray(picture.round().astype("u1")).resize((side, side)))
    data = to_data(large, network)
    return data, network.outputs(data, network.classifier())[0].flatten().numpy()


def test_a_class_by_name_is_what_the_classifier_sees_then(network, sky):
    dreamed = dream(sky, network, layer="class(jellyfish)", octaves=2, iterations=6, seed=1)
    (_, before), (_, after) = scores_of(sky, network), scores_of(dreamed, network)
    assert before.argmax() != 107
    assert after.argmax() == 107 and after[107] > before[107] + 5


def test_the_mean_score_of_the_places_is_the_networks_own(network, sky):
    data, scores = scores_of(sky, network)
    number = int(scores.argmax())
    blob = network.outputs(data, network.graph.head().end)[0]
    if network.graph.head().layer is None:
        blob = blob.relu()
    assert float(network.class_score(number)(blob).mean()) == pytest.approx(float(scores[number]), rel=1e-3)
