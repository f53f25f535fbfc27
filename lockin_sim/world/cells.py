"""Cells of a table as numbers and names, each judged by what ``columns.csv`` says of its column."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import FIRST_YEAR, LAST_YEAR
from lockin_sim.errors import LARGEST, unknown_name, unusable
from lockin_sim.files import number_of

type Column = NDArray[Any]


class Rule(NamedTuple):
    """What ``columns.csv`` says of one column; all as written there."""

    table: str
    column: str
    type: str
    key: str
    unit: str
    minimum: str
    maximum: str
    required: str
    refers_to: str
    covers: str
    source: str
    status: str
    meaning: str


def check_rule(rule: Rule, known: Rule, where: str) -> None:
    """Raises InputError for a declaration that lets in what the model does not know.

    A case of one's own may say other things of a column: its source, its meaning, years, narrower bounds.
    What kind of column it is, is the model's.
    known  what the bundled columns.csv says of it
    """
    for name in ("type", "key", "unit", "refers_to"):
        found, allowed = getattr(rule, name), getattr(known, name)
        if found != allowed:
            raise unusable(
                f"{where}, column {name}", found=found, allowed=f"{allowed!r}, as the model reads it"
            )
    if known.required == "1" and rule.required != "1":
        raise unusable(f"{where}, column required", found=rule.required, allowed="1, as the model needs it")
    for name, sign in (("minimum", 1), ("maximum", -1)):
        found, allowed = getattr(rule, name), getattr(known, name)
        if known.unit == "year":
            bound = {"minimum": FIRST_YEAR, "maximum": LAST_YEAR}[name]
            allowed = str(min(sign * float(allowed), sign * bound) * sign) if allowed else ""
        if allowed and (not found or sign * float(found) < sign * float(allowed)):
            word = {"minimum": "least", "maximum": "most"}[name]
            text = f"a number of at {word} {float(allowed):g}, as the model can use"
            raise unusable(f"{where}, column {name}", found=found, allowed=text)


def column_of(rule: Rule, cells: list[str], names: set[str] | None, where: Callable[[int], str]) -> Column:
    """The cells of one column as an array, or the error of the first that is not allowed."""
    low, high = float(rule.minimum or -math.inf), float(rule.maximum or math.inf)
    kind = "an integer" if rule.type == "integer" else "a number"
    text = f"{kind} from {rule.minimum} to {rule.maximum}" if rule.minimum or rule.maximum else kind
    if rule.type == "flag":
        text, low, high = "0 or 1", 0, 1
    values: list[Any] = []
    for index, cell in enumerate(cells):
        if not cell and rule.required == "1":
            raise unusable(where(index), found=cell, allowed=f"{rule.meaning} A blank is not")
        if rule.type in {"text", "choice", "list"}:
            parts = cell.split(";") if rule.type == "list" else [cell]
            for part in parts if cell else ():
                if names is not None and part not in names:
                    raise unknown_name(where(index), found=part, known=names)
            values.append(tuple(cell.split(";")) if rule.type == "list" else cell)
            continue
        try:
            value = _value(cell, rule.type) if cell else math.nan
        except ValueError:
            raise unusable(where(index), found=cell, allowed=text) from None
        if cell and not (low <= value <= high and math.isfinite(value)):
            raise unusable(where(index), found=cell, allowed=text)
        values.append(value)
    if rule.type == "list":
        column = np.empty(len(values), dtype=object)
        column[:] = values
        return column
    if rule.type in {"text", "choice"}:
        return np.array(values, dtype=np.str_)
    if rule.type == "flag":
        return np.array(values, dtype=np.bool_)
    return np.array(values, dtype=np.int64 if rule.type == "integer" and rule.required == "1" else np.float64)


def _value(cell: str, kind: str) -> float | int:
    """The number in a cell.  Raises ValueError if there is none of the kind."""
    number = number_of(cell)
    if kind == "number":
        return number
    whole = int(cell)
    if abs(whole) > LARGEST:
        raise ValueError(cell)
    return whole
