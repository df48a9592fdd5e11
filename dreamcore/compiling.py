"""Functions compiled by Numba once, in a process of its own, and kept on disk as machine code.

Numba takes 80 MB and most of a second in each process that imports it. What it made is loaded here by LLVM alone.
All functions of a package are compiled together when one of them is first called; their code is kept beside them, or
in the user's cache, under a name that says what it was made from and for which processor.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import importlib
import importlib.util
import json
import mmap
import os
import re
import struct
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np

from dreamcore.children import call_apart
from dreamcore.errors import DreamError
from dreamcore.files import atomic_write, user_folder

Function = TypeVar("Function", bound=Callable[..., Any])
_SCALARS = {"int64": ctypes.c_int64, "float32": ctypes.c_float}
_ALL: list[_Code] = []
_PARTS: set[Callable[..., Any]] = set()
_CHOICES: dict[Callable[..., Any], Callable[..., Any]] = {}
# what Numba would call after an error, which is in Python's and Numba's own libraries
_AFTER_AN_ERROR = re.compile(r"^declare (\S+ @(?:numba_|Py)\w+\(.*?\)).*$", re.MULTILINE)


def part(function: Function) -> Function:
    """Mark a function that compiled functions call."""
    _PARTS.add(function)
    return function


def part_by_kind(choose: Callable[..., Any]) -> Callable[[Function], Function]:
    """Mark a function that they call, of which `choose` returns what is compiled; it is given Numba's types."""

    def mark(function: Function) -> Function:
        _CHOICES[function] = choose
        return function

    return mark


def compiled(signature: str) -> Callable[[Callable[..., int]], Compiled]:
    """Compile a function that takes arrays, flat and as `signature` says (``"uint8*, int64"``), and returns a number.

    It must neither allocate nor raise.
    """
    return lambda function: Compiled(function, signature.split(", "))


class _Code:
    def __init__(self, function: Callable[..., int], kinds: list[str], name: str) -> None:
        self.function, self.kinds, self.name = function, kinds, name
        _ALL.append(self)

    @functools.cached_property
    def _address(self) -> int:
        return _library(self.function.__module__.rpartition(".")[0])[self.name]


class Compiled(_Code):
    """A function as machine code, which is loaded at its first call; `function` is what it was made from."""

    def __init__(self, function: Callable[..., int], kinds: list[str]) -> None:
        super().__init__(function, kinds, function.__name__)
        self.dtypes = [np.dtype(kind[:-1]) if kind[-1] == "*" else None for kind in kinds]

    def __call__(self, *arguments: Any) -> int:
        return self._code(*map(_passed, self.dtypes, arguments))

    @functools.cached_property
    def _code(self) -> Callable[..., int]:
        kinds: list[Any] = [_SCALARS.get(kind, ctypes.c_void_p) for kind in self.kinds]
        return ctypes.CFUNCTYPE(ctypes.c_int64, *kinds)(self._address)


class Spread(_Code):
    """A function of one chunk of the work, whose chunks several threads compute at a time, each where it is free.

    Parameters
    ----------
    function : callable
        Takes what `kinds` says, then room for float32 numbers of its thread alone, then the number of its chunk.
    kinds : list of str
        As of `compiled`. Arrays are given by their addresses.
    name : str
        What sets it apart from the same function for other kinds.
    """

    def __init__(self, function: Callable[..., int], kinds: list[str], name: str) -> None:
        super().__init__(function, [*kinds, "float32*", "int64"], name)
        self._layout = struct.Struct("<qqq" + "".join("f4x" if kind == "float32" else "q" for kind in kinds))

    def __call__(self, *arguments: Any, chunks: int, room: int, threads: int) -> None:
        given = ctypes.create_string_buffer(self._layout.pack(0, chunks, room, *arguments), self._layout.size)
        (_team() if threads > 1 else _alone)(self._address, given, threads)

    def spread_ir(self, symbol: str) -> str:
        """Return LLVM's text of a function that takes chunk after chunk, until all are taken.

        It is given the place of: how many chunks are taken, how many there are, how many numbers a thread needs room
        for, and the function's arguments, each in 8 bytes.
        """
        types = [{"int64": "i64", "float32": "float"}.get(kind, "ptr") for kind in self.kinds]
        own = [*enumerate(types[:-2])]
        loads = "\n".join(
            f"  %at{n} = getelementptr i64, ptr %given, i64 {n + 3}\n  %a{n} = load {kind}, ptr %at{n}"
            for n, kind in own
        )
        passed = "".join(f"{kind} %a{n}, " for n, kind in own)
        return f"""
declare i64 @"{symbol}"({", ".join(types)})
define void @"{symbol}.spread"(ptr %given) {{
begin:
  %count_at = getelementptr i64, ptr %given, i64 1
  %count = load i64, ptr %count_at
  %room_at = getelementptr i64, ptr %given, i64 2
  %floats = load i64, ptr %room_at
  %room = alloca float, i64 %floats, align 64
{loads}
  br label %next
next:
  %chunk = atomicrmw add ptr %given, i64 1 monotonic
  %more = icmp slt i64 %chunk, %count
  br i1 %more, label %work, label %end
work:
  %done = call i64 @"{symbol}"({passed}ptr %room, i64 %chunk)
  br label %next
end:
  ret void
}}
"""


_TAKER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)  # takes chunk after chunk


def _alone(address: int, given: Any, threads: int = 1) -> None:
    _TAKER(address)(ctypes.addressof(given))


@functools.cache
def _team() -> Callable[[int, Any, int], None]:
    """Return what lets several threads take chunks: OpenMP's, which PyTorch's operators use, or Python's own."""
    try:
        together = ctypes.CDLL(None).GOMP_parallel
    except (AttributeError, OSError, TypeError):  # another OpenMP than GNU's
        return _team_of_python
    together.argtypes, together.restype = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint], None
    return lambda address, given, threads: together(address, given, threads, 0)


def _team_of_python(address: int, given: Any, threads: int) -> None:
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(threads):
            pool.submit(_alone, address, given)


def _passed(dtype: np.dtype[Any] | None, argument: Any) -> Any:
    if dtype is None:
        return argument
    if argument.dtype != dtype or not argument.flags.c_contiguous:
        raise TypeError(f"{argument.dtype} array where compiled code wants a contiguous one of {dtype}")
    return argument.__array_interface__["data"][0]  # `argument.ctypes` takes several times as long


def load_code(package: str) -> None:
    """Load the code of a package now: before there are frames in memory, since LLVM takes 50 MB for a moment."""
    _library(package)


# -- code on disk -----------------------------------------------------------------------------------------------------

_LOADING = Lock()
_LIBRARIES: dict[str, dict[str, int]] = {}


def _library(package: str) -> dict[str, int]:
    """Return the addresses of the compiled functions of a package, by name."""
    with _LOADING:
        if package not in _LIBRARIES:
            _LIBRARIES[package] = _found(package)
        return _LIBRARIES[package]


def _found(package: str) -> dict[str, int]:
    folder = _folder(package)
    name = f"{folder.name}.{_key(folder)}.code"
    for place in _places(folder):
        with suppress(OSError, ValueError):
            return _loaded(_opened((place / name).read_bytes()))
    warnings.warn("compiling for this processor, once", stacklevel=2)
    names, code = call_apart(compile_modules, [f"{package}.{path.stem}" for path in sorted(folder.glob("*.py"))])
    head = json.dumps(names).encode() + b"\n"
    for place in _places(folder):
        with suppress(OSError, DreamError):
            place.mkdir(parents=True, exist_ok=True)
            with atomic_write(place / name) as file:
                file.write(hashlib.sha256(head + code).digest() + head + code)
            break
    return _loaded((names, code))


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


def _places(folder: Path) -> Iterator[Path]:
    """Yield the folders where code may be kept."""
    yield folder / "__pycache__"
    with suppress(DreamError):
        yield user_folder("cache") / "compiled"


def _key(folder: Path) -> str:
    """Return what the code depends on: the functions, the compiler and the processor."""
    import llvmlite
    import llvmlite.binding as llvm

    made_for = llvmlite.__version__, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(), sys.platform
    parts = [path.read_bytes() for path in (*sorted(folder.glob("*.py")), Path(__file__))]
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
    from numba import njit
    from numba.extending import overload

    namespaces = [vars(importlib.import_module(module)) for module in modules]
    for function, choose in _CHOICES.items():
        overload(function, jit_options={"error_model": "numpy", "forceinline": True})(choose)
    made = {function: njit(error_model="numpy", forceinline=True)(function) for function in _PARTS}
    for names in namespaces:
        called = {name: value for name, value in names.items() if callable(value) and value in _PARTS}
        names.update({name: made[function] for name, function in called.items()})
    whole, symbols = llvm.parse_assembly(""), {}
    for each in _ALL:
        if each.function.__module__ in modules:
            symbols.update(_link(each, whole))
    features = llvm.get_host_cpu_features().flatten()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=3, codemodel="jitdefault", jit=True
    )
    whole.triple, whole.data_layout = machine.triple, str(machine.target_data)
    return symbols, machine.emit_object(whole)


def _link(function: _Code, whole: Any) -> dict[str, str]:
    """Compile one function into a module of LLVM's; return the symbols of what there is of it, by name."""
    import llvmlite.binding as llvm
    from numba import cfunc, types

    kinds = [getattr(types, kind.rstrip("*")) for kind in function.kinds]
    given = [types.CPointer(k) if text[-1] == "*" else k for k, text in zip(kinds, function.kinds, strict=True)]
    code = cfunc(types.int64(*given), nopython=True, error_model="numpy")(function.function)
    text = code.inspect_llvm()
    assert not re.search("store .*%excinfo", text), f"{function.name} raises an error"
    whole.link_in(llvm.parse_assembly(text))
    never = [f"define linkonce_odr {head} {{ unreachable }}" for head in _AFTER_AN_ERROR.findall(text)]
    whole.link_in(llvm.parse_assembly("\n".join(never)))
    if not isinstance(function, Spread):
        return {function.name: code.native_name}
    whole.link_in(llvm.parse_assembly(function.spread_ir(code.native_name)))
    return {function.name: f"{code.native_name}.spread"}
