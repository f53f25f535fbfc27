"""Declarations of parameters, and the check of a value against its declaration.

``valid`` is enforced; ``range`` sets the bounds of sweeps and sliders and rejects no value; ``neutral`` is
the value at which the mechanism is off.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common import domains
from lockin_sim.common.conventions import Floats
from lockin_sim.common.domains import Domain
from lockin_sim.common.errors import unusable
from lockin_sim.common.values import ByYear, check_default_index, copy_array


class Declaration(NamedTuple):
    """Declaration of one parameter: default, neutral value, unit, allowed values, range, symbol and source.

    ``title`` is the name for readers, as written within a sentence.
    """

    name: str
    title: str
    default: float
    neutral: float
    unit: str
    valid: Domain
    range: tuple[float, float]
    symbol: str
    source: str
    doc: str


def parameter(
    title: str,
    default: float,
    *,
    unit: str,
    valid: Domain,
    range: tuple[float, float],
    symbol: str,
    source: str,
    doc: str,
    neutral: float = 0.0,
) -> Any:
    """Declare one parameter of :class:`.Parameters` as a dataclass field with its facts as metadata."""
    facts = (title, neutral, unit, valid, range, symbol, source, doc)
    return dataclasses.field(default=default, metadata={"facts": facts})


def check_parameter_value(declared: Declaration, value: object) -> float | Floats | ByYear:
    """Check a value of a parameter; return a float, a read-only float array (run,), or floats by year.

    Raises InputError that states the allowed values.
    """
    low, high, text = declared.valid
    if isinstance(value, float) and low <= value <= high:
        return float(value)  # most are: numpy would take a hundred times as long
    where = f"parameter {declared.name}"
    if isinstance(value, ByYear | Mapping):
        by_year = value.as_dict() if isinstance(value, ByYear) else value
        return ByYear.of(where, by_year, lambda number: check_parameter_value(declared, number))
    values = copy_array(where, value, allowed=text)
    check_default_index(where, value)
    if values.ndim > 1 or values.size == 0:
        raise unusable(where, words=f"shape {values.shape}", allowed="a number or an array of shape (runs,)")
    bad = ~(((values >= low) & (values <= high)) | ((declared.valid is domains.LEVEL) & np.isneginf(values)))
    if bad.any():
        raise unusable(where, found=float(values[bad].flat[0]), allowed=text)
    if values.ndim == 0:
        return float(values)
    values.flags.writeable = False
    return values
