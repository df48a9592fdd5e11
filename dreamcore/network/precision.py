"""With how many bits a network computes."""

from __future__ import annotations

import torch

from dreamcore.errors import NotAllowed, nearest

PRECISIONS = ("auto", "float32", "bfloat16")


def find_precision(precision: str, device: torch.device | str) -> torch.dtype:
    """Turn ``auto|float32|bfloat16`` into a torch.dtype for a device.

    ``auto`` is bfloat16 where the processor multiplies such numbers itself (AVX512_BF16, AMX, recent NVIDIA GPUs), and
    float32 elsewhere, where bfloat16 would only be slower.

    Raises
    ------
    DreamError
        For another name.
    """
    if precision not in PRECISIONS:
        hint = nearest(precision, PRECISIONS)
        raise NotAllowed(f"no precision {precision!r}{hint}; allowed: {', '.join(PRECISIONS)}")
    if precision == "auto":
        precision = "bfloat16" if _has_bfloat16(torch.device(device)) else "float32"
    return getattr(torch, precision)


def _has_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return device.type == "cpu" and any(getattr(torch.cpu, name, bool)() for name in names)
