"""A process that is ours: everything that its owner may choose for networks, in one call."""

from __future__ import annotations

import os
import warnings

from dreamcore.process.environment import is_too_late, refuse_pytorch_without_room, start_again_prepared, waiting
from dreamcore.process.heap import keep_blocks
from dreamcore.process.threads import use_what_is_granted


def own_process() -> None:
    """Take over the process of the command `dreamcore`, which was started for nothing else."""
    start_again_prepared()
    refuse_pytorch_without_room()
    tune_process()


def tune_process() -> None:
    """Let this whole process dream about as fast as the command `dreamcore`; call it before anything imports PyTorch.

    Importing and using dreamcore changes nothing of the process; this does, until its end. The C library keeps freed
    memory while a dream goes on, and no more threads compute than there are processors granted (``OMP_NUM_THREADS``).
    Threads that wait for each other soon give way to other programs (``GOMP_SPINCOUNT``) in the process and its
    children; without this call, only where dreamcore is what loads PyTorch. What you have chosen in the environment
    stands.

    Warns
    -----
    RuntimeWarning
        Where others have loaded PyTorch, and its threads can no longer be told how to wait.

    Notes
    -----
    The command needs less memory still, because it starts Python with another heap; ``docs/performance.md`` says how.

    Examples
    --------
    >>> import dreamcore
    >>> dreamcore.tune_process()  # doctest: +SKIP
    >>> network = dreamcore.load_network()
    """
    if is_too_late():
        text = (
            "PyTorch is loaded already, and its threads will not give way to other programs: call tune_process() first"
        )
        warnings.warn(text, RuntimeWarning, stacklevel=2)
    else:
        os.environ.update(waiting(os.environ))
    keep_blocks()
    use_what_is_granted()
