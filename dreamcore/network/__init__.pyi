from .backend import Backend as Backend
from .caffe_backend import CaffeBackend as CaffeBackend
from .colours import Colours as Colours
from .fields import Field as Field
from .graph import Graph as Graph
from .network import Network as Network
from .network import l2 as l2
from .torch_backend import TorchBackend as TorchBackend
