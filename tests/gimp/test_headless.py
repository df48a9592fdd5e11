"""What the filter does in a real GIMP without a window; the checks themselves are in inside.py and inside_image.py."""

import re
from functools import cache
from pathlib import Path

import pytest

from .gimp import FAKE

SCRIPTS = [
    Path(__file__).with_name(name) for name in ("inside.py", "inside_image.py", "inside_locks.py", "inside_offers.py")
]
CHECKS = [(path, name) for path in SCRIPTS for name in re.findall(r"^def (check_\w+)", path.read_text(), re.M)]
SCHEME = """
(define image (car (gimp-image-new 8 6 RGB)))
(define layer (car (gimp-layer-new image "photo" 8 6 RGB-IMAGE 100 LAYER-MODE-NORMAL)))
(gimp-image-insert-layer image layer 0 0)
(define (dreamed procedure . more)
  (car (apply procedure #:run-mode RUN-NONINTERACTIVE #:image image #:drawables (vector layer) more)))
(define result (dreamed plug-in-deep-dream #:frames "2" #:recipe "other"))
(define frame (vector-ref (car (gimp-image-get-layers result)) 0))
(plug-in-deep-dream-layers #:run-mode RUN-NONINTERACTIVE #:image image #:drawables (vector layer))
(plug-in-deep-dream-again #:run-mode RUN-NONINTERACTIVE #:image result #:drawables (vector frame))
(plug-in-deep-dream-on #:run-mode RUN-NONINTERACTIVE #:image result #:drawables (vector frame) #:frames "3")
(plug-in-deep-dream-animation #:run-mode RUN-NONINTERACTIVE #:image result #:drawables (vector frame) #:file "FILE")
(gimp-message (string-append "layers: " (number->string (vector-length (car (gimp-image-get-layers result))))))
"""
pytestmark = pytest.mark.gimp


@pytest.fixture(scope="module")
def said(gimp):
    """Return what a script says; each runs once."""
    gimp.install(FAKE)
    return cache(lambda script: {**gimp.script(script, gimp.folder), "log": gimp.log.read_text()})


@pytest.mark.parametrize("script", SCRIPTS, ids=[script.stem for script in SCRIPTS])
def test_gimp_is_asked_for_nothing_that_cannot_be(said, script):
    """Of each such call GIMP shows a box, while the plug-in hears nothing."""
    assert re.findall("Calling error for procedure 'gimp-.*", said(script)["log"]) == []


@pytest.mark.parametrize(("script", "name"), CHECKS, ids=[name for _, name in CHECKS])
def test_in_gimp(said, script, name):
    assert said(script).get(name, "GIMP did not come this far") == ""


def test_a_text_layer_dreams(gimp):
    gimp.install(FAKE)
    name = "with_fonts_a_text_layer_dreams"
    assert gimp.script(SCRIPTS[1], gimp.folder, name, switches="-ids") == {name: ""}


def test_each_procedure_can_be_called_from_script_fu(gimp):
    gimp.install(FAKE)
    code = SCHEME.replace("FILE", str(gimp.folder / "scheme.gif")).replace("\n", " ")
    gimp.run(
        ["gimp-console", "-i", "-d", "-f", "-s", "--batch-interpreter=plug-in-script-fu-eval", "-b", code, "--quit"]
    )
    assert "layers: 5" in gimp.log.read_text(), gimp.log.read_text()
    assert (gimp.folder / "scheme.gif").read_bytes() == b"GIF89a 5"
