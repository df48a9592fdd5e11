"""What has been heard of a sound, as recipes and `sequence.json` keep it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dreamcore.errors import DreamError
from dreamcore.text import number_text, short

_FACT = (str, int, float)
_MOST = 10**6  # frames of a curve
_CURVE = re.compile(r"(?:(?:0|1|\.\d{1,6})(?: |$))*", re.ASCII)


@dataclass(frozen=True)
class KeptCurves:
    """Curves, and what they were heard from.

    Attributes
    ----------
    facts : tuple of (str, str or number)
        What decides them: the content of the sound, the tempo, the times of the frames.
    curves : tuple of (str, tuple of float)
        The text of each schedule, and its values.
    file : str
        What the sound's file was called, without its folder.
    """

    facts: tuple[tuple[str, Any], ...]
    curves: tuple[tuple[str, tuple[float, ...]], ...]
    file: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as JSON and TOML can hold it; a curve is one text of its numbers.

        Examples
        --------
        >>> KeptCurves((("bpm", 120),), (("beat(1)", (1.0, 0.368)),)).plain()
        {'bpm': 120, 'curves': {'beat(1)': '1 .368'}}
        """
        named = {"file": self.file} if self.file else {}
        return {**named, **dict(self.facts), "curves": {name: _curve_text(curve) for name, curve in self.curves}}

    @classmethod
    def of(cls, values: Any) -> KeptCurves:
        """Make it of plain values.

        Raises
        ------
        DreamError
            When they are not those of one.
        """
        if not isinstance(values, Mapping) or not isinstance(values.get("curves"), Mapping):
            raise DreamError("heard is a table: what was heard, and its curves")
        facts = {name: value for name, value in values.items() if name != "curves"}
        file = facts.pop("file", "")
        if not isinstance(file, str):
            raise DreamError("file of what was heard is no text")
        for name, value in facts.items():
            if not isinstance(value, _FACT) or isinstance(value, bool):
                raise DreamError(f"{short(str(name))} of what was heard is no text and no number")
        curves = ((str(name), _read_curve(name, text)) for name, text in values["curves"].items())
        return cls(tuple(facts.items()), tuple(curves), file)

    def fits(self, facts: Mapping[str, Any], wanted: Iterable[str], count: int) -> bool:
        """Tell whether it has the curves that are wanted, for as many frames, heard from just this."""
        curves = dict(self.curves)
        return dict(self.facts) == facts and all(len(curves.get(name, ())) >= count for name in wanted)


def _curve_text(curve: Iterable[float]) -> str:
    return " ".join(number_text(each).replace("0.", ".") for each in curve)


def _read_curve(name: Any, text: Any) -> tuple[float, ...]:
    if not isinstance(text, str) or len(text) > 5 * _MOST or not _CURVE.fullmatch(text):
        raise DreamError(f"the curve of {short(str(name))} is no list of numbers from 0 to 1")
    return tuple(map(float, text.split()))
