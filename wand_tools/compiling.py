"""Functions compiled by Numba once, in a process of its own, and kept on disk as machine code.

Numba takes 80 MB and a fifth of a second in each process that imports it. What it made is loaded here by LLVM alone.
All functions of `kernels/` are compiled together when one of them is first called; their code is kept beside them, or
in the user's cache, under a name that says what it was made from and for which processor.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import importlib
import json
import mmap
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.files import atomic_write, user_folder
from wand_tools.workers import call_apart

Function = TypeVar("Function", bound=Callable[..., Any])
_KERNELS = Path(__file__).with_name("kernels")
_SCALARS = {"int64": ctypes.c_int64, "float32": ctypes.c_float}
_PARTS: set[Callable[..., Any]] = set()
# what Numba would call after an error, which is in Python's and Numba's own libraries
_AFTER_AN_ERROR = re.compile(r"^declare (\S+ @(?:numba_|Py)\w+\(.*?\)).*$", re.MULTILINE)


def part(function: Function) -> Function:
    """Mark a function that compiled functions call."""
    _PARTS.add(function)
    return function


def compiled(signature: str) -> Callable[[Callable[..., int]], Compiled]:
    """Compile a function that takes arrays, flat and as `signature` says (``"uint8*, int64"``), and returns a number.

    It must neither allocate nor raise.
    """
    return lambda function: Compiled(function, signature.split(", "))


class Compiled:
    """A function as machine code, which is loaded at its first call; `function` is what it was made from."""

    def __init__(self, function: Callable[..., int], kinds: list[str]) -> None:
        self.function, self.kinds = function, kinds
        self.dtypes = [np.dtype(kind[:-1]) if kind[-1] == "*" else None for kind in kinds]

    def __call__(self, *arguments: Any) -> int:
        return self._code(*map(_passed, self.dtypes, arguments))

    @functools.cached_property
    def _code(self) -> Callable[..., int]:
        kinds: list[Any] = [_SCALARS.get(kind, ctypes.c_void_p) for kind in self.kinds]
        address = _library()[self.function.__name__]
        return ctypes.CFUNCTYPE(ctypes.c_int64, *kinds)(address)


def _passed(dtype: np.dtype[Any] | None, argument: Any) -> Any:
    if dtype is None:
        return argument
    if argument.dtype != dtype or not argument.flags.c_contiguous:
        raise TypeError(f"{argument.dtype} array where compiled code wants a contiguous one of {dtype}")
    return argument.__array_interface__["data"][0]  # `argument.ctypes` takes several times as long


def load_code() -> None:
    """Load the code now: before there are frames in memory, since LLVM takes 50 MB for a moment."""
    _library()


# -- code on disk -----------------------------------------------------------------------------------------------------


@functools.cache
def _library() -> dict[str, int]:
    """Return the addresses of the compiled functions, by name."""
    name = f"kernels.{_key()}.code"
    for place in _places():
        with suppress(OSError, ValueError):
            return _loaded(_opened((place / name).read_bytes()))
    names, code = call_apart(compile_modules, _modules())
    head = json.dumps(names).encode() + b"\n"
    for place in _places():
        with suppress(OSError, DreamError):
            place.mkdir(parents=True, exist_ok=True)
            with atomic_write(place / name) as file:
                file.write(hashlib.sha256(head + code).digest() + head + code)
            break
    return _loaded((names, code))


def _modules() -> list[str]:
    """List the modules whose functions are compiled."""
    return [f"{__package__}.{_KERNELS.name}.{path.stem}" for path in sorted(_KERNELS.glob("*.py"))]


def _places() -> Iterator[Path]:
    """Yield the folders where code may be kept."""
    yield _KERNELS / "__pycache__"
    with suppress(DreamError):
        yield user_folder("cache") / "compiled"


def _key() -> str:
    """Return what the code depends on: the functions, the compiler and the processor."""
    import llvmlite
    import llvmlite.binding as llvm

    made_for = llvmlite.__version__, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(), sys.platform
    parts = [path.read_bytes() for path in (*sorted(_KERNELS.glob("*.py")), Path(__file__))]
    return hashlib.sha256(b"\0".join([*parts, "|".join(made_for).encode()])).hexdigest()[:16]


def _opened(data: bytes) -> tuple[dict[str, str], bytes]:
    """Return the names and the code of a file, which may be damaged."""
    if hashlib.sha256(data[32:]).digest() != data[:32]:
        raise ValueError("damaged")
    head, code = data[32:].split(b"\n", 1)
    return json.loads(head), code


_ENGINES: list[Any] = []  # code lasts as long as the engine that it is in


def _loaded(library: tuple[dict[str, str], bytes]) -> dict[str, int]:
    import llvmlite.binding as llvm

    names, code = library
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(opt=0, codemodel="jitdefault", jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _ENGINES.append(engine)
    _give_back(Path(llvm.ffi.lib._name).name)
    return {name: engine.get_function_address(symbol) for name, symbol in names.items()}


def _give_back(library: str) -> None:
    """Let the system have the memory of a library, 40 MB for LLVM: what is called again is read again.

    Only parts are given back that cannot be, and have not been, written to. Where that is not possible they stay.
    """
    with suppress(OSError, AttributeError, ValueError):
        madvise = ctypes.CDLL(None).madvise
        place, ours = "", False
        for line in Path("/proc/self/smaps").read_text().splitlines():
            first, *rest = line.split(maxsplit=5)
            if not first.endswith(":"):
                place, ours = first, rest[0].startswith("r-") and rest[-1].endswith(library)
            elif ours and line.split()[:2] == ["Anonymous:", "0"]:
                begin, end = (int(at, 16) for at in place.split("-"))
                madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), mmap.MADV_DONTNEED)


# -- compiling --------------------------------------------------------------------------------------------------------


def compile_modules(modules: list[str]) -> tuple[dict[str, str], bytes]:
    """Compile the functions of modules; return their symbols, by name, and an object file.

    For a process of its own: the modules are of no other use afterwards.
    """
    for name in [name for name in os.environ if name.startswith("NUMBA_")]:
        del os.environ[name]  # whatever they are, the code is the same
    import llvmlite.binding as llvm
    from numba import cfunc, njit, types

    namespaces = [vars(importlib.import_module(module)) for module in modules]
    made = {function: njit(error_model="numpy", forceinline=True)(function) for function in _PARTS}
    for names in namespaces:
        called = {name: value for name, value in names.items() if callable(value) and value in _PARTS}
        names.update({name: made[function] for name, function in called.items()})
    whole, symbols = llvm.parse_assembly(""), {}
    for name, function in [item for names in namespaces for item in names.items()]:
        if isinstance(function, Compiled):
            kinds = [getattr(types, kind.rstrip("*")) for kind in function.kinds]
            given = [types.CPointer(k) if d is not None else k for k, d in zip(kinds, function.dtypes, strict=True)]
            code = cfunc(types.int64(*given), nopython=True, error_model="numpy")(function.function)
            text = code.inspect_llvm()
            assert not re.search("store .*%excinfo", text), f"{name} raises an error"
            whole.link_in(llvm.parse_assembly(text))
            never = [f"define linkonce_odr {head} {{ unreachable }}" for head in _AFTER_AN_ERROR.findall(text)]
            whole.link_in(llvm.parse_assembly("\n".join(never)))
            symbols[name] = code.native_name
    features = llvm.get_host_cpu_features().flatten()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=3, codemodel="jitdefault", jit=True
    )
    whole.triple, whole.data_layout = machine.triple, str(machine.target_data)
    return symbols, machine.emit_object(whole)
