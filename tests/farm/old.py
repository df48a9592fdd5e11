"""Lets a worker say that it is of another version; dask calls this as it starts."""

import dreamcore


def dask_setup(server):
    dreamcore.__version__ = "0.0.1"
