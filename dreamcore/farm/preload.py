"""What a worker of dask does before it takes cells; it is started so:

``dask worker ... --preload dreamcore.farm.preload --preload-nanny dreamcore.farm.preload``.
"""

from __future__ import annotations

import os
import signal
from typing import Any

from dreamcore.process.environment import prepared
from dreamcore.process.tuning import tune_process

MODULE = __name__


def dask_setup(server: Any) -> None:
    """Prepare a nanny's children, or the worker itself; dask calls this with each of them as it starts."""
    if hasattr(server, "pre_spawn_env"):  # a nanny; what the C library reads must be there before its child is
        added = prepared({**os.environ, **server.pre_spawn_env})
        server.pre_spawn_env.update({name: value for name, value in added.items() if name not in os.environ})
        return
    if getattr(server, "nanny", None):  # which ends its child; Ctrl-C in a terminal goes to all processes there
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm_up()


def warm_up() -> None:
    """Load what takes long, while nobody waits for a sign of life from this process."""
    tune_process()

    import torch  # noqa: F401

    from dreamcore.network import kernels  # noqa: F401
