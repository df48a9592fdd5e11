"""Transforms and objectives as a client builds them: a list of terms with their values, and the text that they are.

Only the program reads and writes the text; what is built and what is typed are so the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dreamcore.errors import DreamError, NotAllowed
from dreamcore.grammar.schedules import Keyframes
from dreamcore.grammar.terms import VOCABULARIES, Row, Term
from dreamcore.kinds import REQUIRED, Parameter
from dreamcore.text import short, value_text

KINDS = ("transform", "objective")
WEIGHT = "weight"  # of an objective in a sum


def vocabulary() -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each kind of term, as JSON can hold them."""
    _readers()
    return {kind: [_described(row) for row in VOCABULARIES[kind].rows.values()] for kind in KINDS}


def read(kind: str, text: str) -> dict[str, Any]:
    """Return a text as it reads back, and its terms; none where it is a whole that changes with the frame.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    text : str

    Returns
    -------
    dict
        ``text`` and ``terms``: objects with ``name``, ``values`` and ``inside``, the text of what a term takes inside.
        A value has a ``text``, and a ``number``, or ``from``, ``to`` and ``until``, where that is all it says. The
        value ``weight`` is that of an objective.

    Raises
    ------
    DreamError
        Where the text cannot be read; it points at the character.

    Examples
    --------
    >>> said = read("transform", "chain(zoom(linear(0:0, 9:0.1)), posterise(4))")
    >>> said["terms"][0]["values"]["amount"]
    {'text': 'linear(0:0, 9:0.1)', 'from': 0, 'to': 0.1, 'until': 9}
    >>> said["terms"][1]["name"]
    'posterise'
    """
    whole = _reader(kind)(text)
    if kind == "transform":
        terms = whole.children if whole.row.name == "chain" else (whole,)
        return {"text": str(whole), "terms": [_node(term) for term in terms]}
    summands = getattr(whole, "terms", None)
    nodes = summands and [_node(term, {WEIGHT: _value(weight)}) for weight, term in summands]
    return {"text": str(whole), "terms": nodes}


def write(kind: str, terms: Sequence[Any]) -> dict[str, Any]:
    """Return terms as `read` has them of their text.

    Parameters
    ----------
    kind : str
    terms : sequence of dict
        As `read` returns them. A value that is missing, or whose text is empty, has its default.

    Raises
    ------
    DreamError
        Where they are not allowed.

    Examples
    --------
    >>> terms = [{"name": "l2", "values": {"layer": {"text": "parts"}, "weight": {"from": 1, "to": 0, "until": 9}}}]
    >>> write("objective", terms)["text"]
    'linear(0:1, 9:0)*parts'
    """
    _reader(kind)
    written = [_written(kind, each) for each in terms]
    if kind == "transform":
        texts = [text for text, _ in written]
        return read(kind, texts[0] if len(texts) == 1 else f"chain({', '.join(texts)})")
    if not written:
        raise NotAllowed("an objective needs something to dream; add one")
    signed = [(text, weight.lstrip("-"), weight.startswith("-")) for text, weight in written]
    summands = (f"{' - ' if is_less else ' + '}{weight and weight + '*'}{text}" for text, weight, is_less in signed)
    return read(kind, "".join(summands).removeprefix(" + ").strip())


def _readers() -> dict[str, Callable[[str], Any]]:
    from dreamcore.ascent.objectives import parse_objective
    from dreamcore.transforms import parse

    return {"transform": parse, "objective": parse_objective}


def _reader(kind: str) -> Callable[[str], Any]:
    if kind not in KINDS:
        raise NotAllowed(f"kind is {short(repr(kind))}; allowed: {', '.join(KINDS)}")
    return _readers()[kind]


def _described(row: Row) -> dict[str, Any]:
    facts = {"name": row.name, "group": row.group, "help": row.help, "inside": list(row.children)}
    return {**facts, "parameters": [_parameter(each) for each in row.parameters]}


def _parameter(each: Parameter) -> dict[str, Any]:
    is_needed = each.default is REQUIRED
    default = None if is_needed or each.default is None else value_text(each.default)
    bounds = {"low": each.low, "high": each.high, "choices": [*map(str, each.choices)], "needed": is_needed}
    return {"name": each.name, "kind": each.kind, "default": default, "help": each.help, "unit": each.unit, **bounds}


def _node(term: Term, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    given = {name: _value(value) for name, value in term.arguments.items() if value is not None}
    return {"name": term.row.name, "values": {**given, **(more or {})}, "inside": ", ".join(map(str, term.children))}


def _value(value: Any) -> dict[str, Any]:
    text = value_text(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return {"text": text, "number": value}
    if isinstance(value, Keyframes) and value.mode == "linear" and len(value.keys) == 2 and value.keys[0][0] == 0:
        (_, begin), (until, end) = value.keys
        return {"text": text, "from": begin, "to": end, "until": until}
    return {"text": text}


def _written(kind: str, node: Any) -> tuple[str, str]:
    """Return the text of a term, and that of its weight."""
    _reader(kind)  # which fills the vocabulary
    rows = VOCABULARIES[kind].rows
    if not isinstance(node, Mapping) or node.get("name") not in rows:
        raise NotAllowed(f"{short(repr(node))} is no {kind}")
    row, values, parts, is_unnamed = rows[node["name"]], dict(node.get("values") or {}), [], True
    weight = _text(values.pop(WEIGHT, {}))
    for place, parameter in enumerate(row.parameters):
        text = _text(values.pop(parameter.name, {}))
        if not text:
            is_unnamed = False
        elif parameter.kind == "wholes":
            parts.append(text.strip("[]"))
        else:
            is_bare = parameter.kind == "numbers" and not text.startswith("[")
            text = f"[{text}]" if is_bare else text
            parts.append(text if is_unnamed and place < row.unnamed else f"{parameter.name}={text}")
    for name in values:
        row.parameter(name)  # says which there are
    inside = str(node.get("inside") or "")
    return f"{row.name}({', '.join([*parts, *([inside] if inside else [])])})", weight


def _text(value: Any) -> str:
    if not isinstance(value, Mapping):
        raise DreamError(f"{short(repr(value))} is no value of a term: it has a text, a number, or from, to and until")
    if "until" in value:
        ends = [value_text(value.get(name, 0)) for name in ("from", "to", "until")]
        return f"linear(0:{ends[0]}, {ends[2]}:{ends[1]})"
    return value_text(value["number"]) if "number" in value else str(value.get("text", "")).strip()
