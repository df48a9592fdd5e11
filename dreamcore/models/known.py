"""What is known of published models: a table, and nothing else."""

from dataclasses import dataclass, field

ROLES = ("textures", "patterns", "parts", "objects")


@dataclass(frozen=True)
class File:
    """A published file.

    Attributes
    ----------
    name : str
        What it is called in the model's folder.
    url : str
        Where it is served.
    hash : str
        ``"algorithm:digits"``; empty when nobody published one.
    members : dict of str to str
        For an archive: the files wanted of it, by the name they have in there -> in the model's folder.
    size : int
        Bytes; 0 when nobody published it.
    mirrors : tuple of str
        Where else it is served.
    """

    name: str
    url: str
    hash: str = ""
    members: dict = field(default_factory=dict)
    size: int = 0
    mirrors: tuple = ()


@dataclass(frozen=True)
class Model:
    """What is known of a published model.

    Attributes
    ----------
    title, source, licence : str
    mean : tuple of float
        The mean colour of its training pictures, in the network's order.
    scale : float
        What its training pictures were multiplied by.
    order : str
        ``"bgr"`` or ``"rgb"``.
    roles : dict of str to str
        Its ends for ``textures``, ``patterns``, ``parts``, ``objects``, from small and plain to large and figured.
    files : tuple of File
        What makes it up; empty for a model that comes with the program.
    """

    title: str
    source: str
    licence: str
    mean: tuple = (104.0, 117.0, 123.0)
    scale: float = 1.0
    order: str = "bgr"
    roles: dict = field(default_factory=dict)
    files: tuple = ()

    @property
    def size(self) -> int:
        """Bytes of its files; 0 when that of one of them is not known."""
        sizes = [file.size for file in self.files]
        return sum(sizes) if all(sizes) else 0


_GOOGLENET_ROLES = {
    "textures": "conv2/3x3",
    "patterns": "inception_3b/output",
    "parts": "inception_4b/output",
    "objects": "inception_4c/output",
}
_BERKELEY = "http://dl.caffe.berkeleyvision.org"
_CAFFE = "https://raw.githubusercontent.com/BVLC/caffe"
_SQUEEZENET = (
    "https://raw.githubusercontent.com/forresti/SqueezeNet/a47b6f13d30985279789d08053d37013d67d131b/SqueezeNet_v1.1"
)
_PLACES365 = "https://raw.githubusercontent.com/CSAILVision/places365/master"

# Name of the model's folder -> what is known of it. The sha1 of BVLC's weights are those of BVLC's own readme files;
# the sha256 are those of OpenVINO's Open Model Zoo for the same addresses; the sha1 of the Places205 archive is the one
# that the deepros project checks. MIT publishes none.
KNOWN = {
    "dreamlet": Model(
        "Dreamlet, comes with the program",
        source="docs/dreamlet.md",
        licence="MIT",
        roles={
            "textures": "conv2/3x3",
            "patterns": "dream_3b",
            "parts": "inception_4b/output",
            "objects": "dream_4c",
        },
    ),
    "bvlc_googlenet": Model(
        "BVLC GoogLeNet, ImageNet",
        source="https://github.com/BVLC/caffe/tree/master/models/bvlc_googlenet",
        licence="unrestricted use",
        roles=_GOOGLENET_ROLES,
        files=(
            File(
                "deploy.prototxt",
                f"{_CAFFE}/88c96189bcbf3853b93e2b65c7b5e4948f9d5f67/models/bvlc_googlenet/deploy.prototxt",
                "sha256:fa36cd4112a3240a29600a5aa35333f31bec33daa1a6085b0af308a9f50f0c50",
            ),
            File(
                "bvlc_googlenet.caffemodel",
                f"{_BERKELEY}/bvlc_googlenet.caffemodel",
                "sha1:405fc5acd08a3bb12de8ee5e23a96bec22f08204",
            ),
        ),
    ),
    "googlenet_places205": Model(
        "GoogLeNet, Places205",
        source="http://places.csail.mit.edu/downloadCNN.html",
        licence="see its source",
        mean=(105.488, 113.741, 116.060),  # of the data set; the file that came with its training is not published
        roles=_GOOGLENET_ROLES,
        files=(
            File(
                "googlenet_places205.tar.gz",
                "http://places.csail.mit.edu/model/googlenet_places205.tar.gz",
                "sha1:d767debf686fa15df1e05fbc9b4598076127134a",
                members={
                    "deploy_places205.protxt": "deploy.prototxt",
                    "googlelet_places205_train_iter_2400000.caffemodel": "googlenet_places205.caffemodel",
                },
            ),
        ),
    ),
    "googlenet_places365": Model(
        "GoogLeNet, Places365",
        source="https://github.com/CSAILVision/places365",
        licence="CC BY",
        mean=(104.051, 112.514, 116.676),
        roles=_GOOGLENET_ROLES,
        files=(
            File("deploy.prototxt", f"{_PLACES365}/deploy_googlenet_places365.prototxt"),
            File(
                "googlenet_places365.caffemodel",
                "http://places2.csail.mit.edu/models_places365/googlenet_places365.caffemodel",
            ),
        ),
    ),
    "bvlc_reference_caffenet": Model(
        "BVLC CaffeNet, ImageNet",
        source="https://github.com/BVLC/caffe/tree/master/models/bvlc_reference_caffenet",
        licence="unrestricted use",
        roles={"textures": "norm1", "patterns": "norm2", "parts": "conv4", "objects": "pool5"},
        files=(
            File(
                "deploy.prototxt",
                f"{_CAFFE}/2cc3844cb2a4a72de10d321781dc8f994bef95c7/models/bvlc_reference_caffenet/deploy.prototxt",
                "sha384:0d8510160bffd5a656022173a962cdd5e73d857015d0911f4ec1b73e1a7a2f9a1e979170e55baf8830b16379c6b75340",
            ),
            File(
                "bvlc_reference_caffenet.caffemodel",
                f"{_BERKELEY}/bvlc_reference_caffenet.caffemodel",
                "sha1:4c8d77deb20ea792f84eb5e6d0a11ca0a8660a46",
            ),
        ),
    ),
    "squeezenet_v1.1": Model(
        "SqueezeNet v1.1, ImageNet",
        source="https://github.com/forresti/SqueezeNet",
        licence="BSD 2-clause",
        roles={
            "textures": "fire2/concat",
            "patterns": "fire4/concat",
            "parts": "fire7/concat",
            "objects": "fire9/concat",
        },
        files=(
            File(
                "deploy.prototxt",
                f"{_SQUEEZENET}/deploy.prototxt",
                "sha256:d041bfb2ab4b32fda4ff6c6966684132f2924e329916aa5bfe9285c6b23e3d1c",
            ),
            File(
                "squeezenet_v1.1.caffemodel",
                f"{_SQUEEZENET}/squeezenet_v1.1.caffemodel",
                "sha256:72b912ace512e8621f8ff168a7d72af55910d3c7c9445af8dfbff4c2ee960142",
            ),
        ),
    ),
}
