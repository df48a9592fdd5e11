"""What a run took, and what would have been quicker on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from dreamcore.console import echo
from dreamcore.text import time_text

if TYPE_CHECKING:
    from dreamcore.network import Network

DRIVER = Path("/proc/driver/nvidia/version")
_LONG = 5.0  # seconds; below, there is nothing to be gained


@contextmanager
def took(network: Network, quiet: bool) -> Iterator[None]:
    """Say after the block how long it took, and after a long one what would have been quicker."""
    began = monotonic()
    yield
    seconds = monotonic() - began
    if not quiet:
        said = "".join(f"; {hint}" for hint in hints(network)) if seconds > _LONG else ""
        echo(f"That took {time_text(seconds)}{said}", err=True)


def hints(network: Network) -> Iterator[str]:
    """Yield what would be quicker than this network on this machine."""
    import torch

    from dreamcore.network.precision import find_precision

    if network.device.type == "cpu" and DRIVER.exists():
        if torch.cuda.is_available():
            yield "the GPU was not used because of --device cpu"
        else:
            build = "is a build without CUDA" if torch.version.cuda is None else "does not find it"
            yield f"the GPU was not used because this PyTorch {build}"
    if network.precision == "float32" and find_precision("auto", network.device) == torch.bfloat16:
        yield "--precision auto takes about half as long here, and is a little coarser"
