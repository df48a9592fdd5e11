from .network import Network as Network
from .network import l2 as l2
