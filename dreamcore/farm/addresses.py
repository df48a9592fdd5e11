"""Addresses of schedulers, and who can reach them."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from dreamcore.errors import DreamError, NotAllowed
from dreamcore.text import short

HERE, LOCAL = "here", "local"  # this process alone; processes of this machine
_ADDRESS = re.compile(r"(?:tcp|tls)://.+:([0-9]{1,5})")
_LAST_PORT = 65535


def check_place(on: str, trust_network: bool = False) -> None:
    """Raise a DreamError where a place is of no kind, or others could give orders there."""
    if on not in (HERE, LOCAL):
        address = scheduler_address(on)
        if not trust_network:
            refuse_open([address])


def scheduler_address(on: str) -> str:
    """Return the address of a scheduler, which may be in the file that it has written.

    Raises
    ------
    DreamError
        When there is no such file, or what is there is no address.
    """
    if (match := _ADDRESS.fullmatch(on)) and int(match[1]) <= _LAST_PORT:
        return on
    if match or not on.endswith(".json"):
        raise NotAllowed(
            f"no such place to work on: {short(on)}; allowed: here, local, tcp://HOST:PORT, tls://HOST:PORT, FILE.json"
        )
    try:
        return scheduler_address(json.loads(Path(on).read_text())["address"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, DreamError) as error:
        reason = getattr(error, "strerror", None) or "no scheduler of dask has written it"
        raise DreamError(f"cannot read {short(on)}: {reason}") from None


def refuse_open(addresses: Iterable[str]) -> None:
    """Raise a DreamError for an address of other machines that takes orders from everybody."""
    for address in addresses:
        kind, _, host = address.partition("://")
        host = host.rpartition(":")[0].strip("[]")
        if kind == "tcp" and not _is_loopback(host):
            raise NotAllowed(
                f"whoever reaches {address} can run programs there: use tls:// (docs/farm.md), "
                "or --trust-network where nobody else is in the network"
            )


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
