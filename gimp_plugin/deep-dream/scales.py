"""Sliders for numbers of the program's tables: fine near the default, and as wide as the table. No GIMP here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WIDEST = 100_000  # beyond it, and where there is no bound, a slider would tell nothing


def has_slider(parameter: Mapping[str, Any]) -> bool:
    """Tell whether a parameter is a number between two bounds that a slider can show.

    Examples
    --------
    >>> has_slider({"kind": "number", "low": 0, "high": 1}), has_slider({"kind": "whole", "low": 1, "high": None})
    (True, False)
    """
    low, high = parameter.get("low"), parameter.get("high")
    is_bounded = parameter["kind"] in ("number", "whole") and low is not None and high is not None
    return is_bounded and high - low <= WIDEST


def value_at(parameter: Mapping[str, Any], place: float) -> float:
    """Return the number at a place of a slider, -1 to 1; in the middle is the default.

    Examples
    --------
    >>> amount = {"kind": "number", "low": -1, "high": 10, "default": "0.05"}
    >>> [value_at(amount, place) for place in (-1, 0, 0.5, 1)]
    [-1.0, 0.05, 1.294, 10.0]
    """
    middle = _middle(parameter)
    reach = parameter["high"] - middle if place > 0 else middle - parameter["low"]
    value = middle + reach * place**3
    return float(round(value)) if parameter["kind"] == "whole" else float(f"{value:.4g}")


def place_of(parameter: Mapping[str, Any], value: float) -> float:
    """Return the place of a number on a slider: `value_at` turned round.

    Examples
    --------
    >>> round(place_of({"kind": "number", "low": 0, "high": 8, "default": None}, 1.0), 3)
    0.5
    """
    middle = _middle(parameter)
    reach = parameter["high"] - middle if value > middle else middle - parameter["low"]
    share = min(1.0, abs(value - middle) / reach) if reach else 0.0
    return share ** (1 / 3) * (1 if value > middle else -1)


def _middle(parameter: Mapping[str, Any]) -> float:
    try:
        return float(parameter["default"])
    except (TypeError, ValueError):
        return min(max(0.0, parameter["low"]), parameter["high"])
