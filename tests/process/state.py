"""What a process is like: run in one of its own by the tests beside this."""

import ctypes
import os
import signal
import sys
import warnings

LARGE = 2**26  # bytes; glibc asks the system for a block as large, unless it was told to keep blocks


def state():
    """Return what a library must leave as it is."""
    found = {
        # PyTorch itself notes the folder of its compiler, when it first runs on shapes alone.
        "environment": {name: value for name, value in os.environ.items() if name != "TORCHINDUCTOR_CACHE_DIR"},
        "warnings": warnings.showwarning,
        "exceptions": sys.excepthook,
        "signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "keeps blocks": keeps_blocks(),
        "folder": os.getcwd(),
    }
    if torch := sys.modules.get("torch"):
        found["threads"] = torch.get_num_threads(), torch.get_num_interop_threads()
    return found


def keeps_blocks():
    """Return whether glibc would keep a large block that is let go."""
    library = ctypes.CDLL(None)
    library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    block = library.malloc(LARGE)
    is_the_systems = ctypes.c_size_t.from_address(block - ctypes.sizeof(ctypes.c_size_t)).value & 2
    library.free(block)
    return not is_the_systems


def differences(before, after):
    """Return what has changed of all that was there before."""
    return {name: (value, after[name]) for name, value in before.items() if after[name] != value}
