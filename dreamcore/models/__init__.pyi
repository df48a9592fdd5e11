from .zoo import DEFAULT_MODEL as DEFAULT_MODEL
from .zoo import check as check
from .zoo import fetch as fetch
from .zoo import installed as installed
from .zoo import list as list
from .zoo import load_network as load_network
from .zoo import search_path as search_path
from .zoo import where as where
