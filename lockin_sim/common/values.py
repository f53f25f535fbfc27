"""Check values from outside: the only definition of a number, and pydantic models of content.

Booleans, words, bytes, complex numbers, timedeltas and masked values are not numbers, although numpy converts
some of them.  A mapping or a set has no order in which to take its values.
"""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lockin_sim.common.conventions import Floats
from lockin_sim.common.errors import Defects, InputError, convert_to_int, find_nearest_name, unusable

#: Sequences that count as one word.
_WORDS = (str, bytes, bytearray, memoryview)


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is one real number, including NaN and infinity."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.timedelta64)


def number(
    where: str, value: object, *, allowed: str, low: float = -math.inf, high: float = math.inf
) -> float:
    """Convert a value to float.  Raises InputError unless it is a finite number from ``low`` to ``high``."""
    try:
        value_as_float = float(value) if is_number(value) else math.nan
    except OverflowError:  # a whole number too large for a float
        value_as_float = math.nan
    if not math.isfinite(value_as_float) or not low <= value_as_float <= high:
        raise unusable(where, found=value, allowed=allowed)
    return value_as_float


def check_truth(where: str, value: object) -> None:
    """Refuse anything but True and False."""
    if not isinstance(value, bool | np.bool_):
        raise unusable(where, found=value, allowed="True or False")


def convert_to_python(value: Any) -> Any:
    """Convert a numpy scalar to a Python object; return anything else unchanged."""
    if isinstance(value, np.bool_ | np.str_):
        return value.item()
    if is_number(value) and isinstance(value, np.generic):
        return int(value) if isinstance(value, np.integer) else float(value)
    return value


def check_listed(where: str, value: Any, *, allowed: str) -> None:
    """Refuse anything but a sequence, an array or a Series; also words, unordered and masked values."""
    if isinstance(value, (*_WORDS, Mapping, Set)) or not np.iterable(value):
        raise unusable(where, found=value, allowed=allowed)
    if _masked(value):
        raise unusable(where, words="masked values", allowed=f"{allowed}, none of them masked")


def check_no_categories(where: str, value: Any, *, allowed: str) -> None:
    """Refuse categories of pandas, which are labels even where they look like numbers."""
    if str(getattr(value, "dtype", "")) == "category":
        raise unusable(where, words="categories", allowed=f"{allowed}, as of astype(float)")


def _masked(value: object) -> bool:
    """Whether a value, or one in a list, is masked."""
    if isinstance(value, list | tuple):
        return any(_masked(each) for each in value if isinstance(each, list | tuple | np.ndarray))
    return isinstance(value, np.ma.MaskedArray) and bool(np.ma.is_masked(value))


def copy_array(where: str, value: Any, *, allowed: str) -> Floats:
    """Copy a value to a float64 array of any shape.

    Raises InputError unless all elements are numbers; NaN and infinity are left to the caller.
    """
    check_no_categories(where, value, allowed=allowed)
    single = is_number(value) or getattr(value, "ndim", 1) == 0
    if not single or np.ma.is_masked(value):
        check_listed(where, value, allowed=allowed)
    try:
        copy = np.array(value, dtype=None if hasattr(value, "dtype") else object)
    except (TypeError, ValueError) as error:
        raise unusable(where, found=value, allowed=allowed) from error
    if copy.dtype.kind not in "iufO":
        raise unusable(where, found=copy.flat[0] if copy.size else value, allowed=allowed)
    for each in copy.flat if copy.dtype.kind == "O" else ():
        if not is_number(each):
            raise unusable(where, found=each, allowed=allowed)
    try:
        return copy.astype(np.float64)
    except OverflowError as error:
        raise unusable(where, found=value, allowed=allowed) from error


def _indexes(value: Any) -> list[Any]:
    """Return the labels of a Series, or along each labelled axis of a table or DataArray."""
    if hasattr(value, "dims") and hasattr(value, "indexes"):
        return list(value.indexes.values())
    indexes = (getattr(value, name, None) for name in ("index", "columns"))  # the index of a list is a method
    return [index for index in indexes if hasattr(index, "equals")]


def check_default_index(where: str, value: Any) -> None:
    """Require the index 0, 1, 2, ... of labelled values, since position and label would differ otherwise."""
    for index in _indexes(value):
        if index.tolist() != list(range(len(index))):
            kind = type(value).__name__
            allowed = f"labels that count from 0, as of reset_index(drop=True), or the values of the {kind}"
            raise unusable(where, words=f"a {kind} labelled {index.tolist()}", allowed=allowed)


def check_alike(where: str, columns: Mapping[str, Any]) -> None:
    """Refuse two labelled columns with different labels, which positions would mix up."""
    known = {name: index for name, c in columns.items() for index in _indexes(c)}
    first, *others = known or [""]
    for name in others:
        if not known[name].equals(known[first]):
            found = f"labels that are not those of {first}"
            raise unusable(f"{where}: {name}", words=found, allowed="one index for all columns")


@dataclass(frozen=True, eq=False)
class ByYear:
    """Number that changes over years: each value applies from its year to the next, the default before.

    numbers  one for each of the years, the same in all runs or one per run
    """

    years: tuple[int, ...]
    numbers: tuple[float | Floats, ...]

    @classmethod
    def of(cls, where: str, values: Mapping[Any, Any], check: Callable[[object], object]) -> ByYear:
        """Check numbers by year.

        check  returns a number as float, or numbers by run as an array, or raises InputError

        Raises InputError unless all keys are whole years with such numbers.
        """
        numbers, example = dict[int, float | Floats](), "numbers by whole years, such as {2010: 5, 2040: 2}"
        for key, value in values.items():
            year, checked_value = convert_to_int(key), check(value)
            if year is None:
                raise unusable(f"{where}: year", found=key, allowed=example)
            if not isinstance(checked_value, float | np.ndarray):
                raise unusable(f"{where}: {year}", found=value, allowed=example)
            numbers[year] = checked_value
        if not numbers:
            raise unusable(where, found=values, allowed=f"a number, an array of shape (runs,), or {example}")
        return cls(*zip(*sorted(numbers.items()), strict=True))

    @classmethod
    def from_attribute(cls, text: str) -> ByYear:
        """Parse numbers by year from the attribute that :func:`encode_attribute` writes."""
        numbers: dict[str, float | list[float]] = json.loads(text)
        of_year = (np.array(each) if isinstance(each, list) else each for each in numbers.values())
        return cls(tuple(map(int, numbers)), tuple(of_year))

    def at(self, year: int, default: float) -> float | Floats:
        """Return the number that applies in a year."""
        before = [number for first, number in zip(self.years, self.numbers, strict=True) if first <= year]
        return before[-1] if before else default

    def as_dict(self) -> dict[int, float | Floats]:
        """Return the numbers by the year from which they apply."""
        return dict(zip(self.years, self.numbers, strict=True))

    def after(self, before: float | Floats | ByYear, first: int) -> ByYear:
        """Prepend the numbers that hold from a first year until this one's first year."""
        earlier = before.as_dict() if isinstance(before, ByYear) else {first: before}
        whole = {year: number for year, number in earlier.items() if year < self.years[0]} | self.as_dict()
        return ByYear(*zip(*sorted(whole.items()), strict=True))

    def plain(self) -> dict[int, Any]:
        """Return the numbers by year, with lists in place of arrays."""
        return {year: np.asarray(number).tolist() for year, number in self.as_dict().items()}

    def __eq__(self, other: object) -> bool:
        if type(other) is not ByYear:
            return NotImplemented
        return self.years == other.years and all(map(np.array_equal, self.numbers, other.numbers))

    def __hash__(self) -> int:
        return hash(self.years)


def arrays_in(value: float | Floats | ByYear) -> list[Floats]:
    """Return the arrays of one number per run that a value contains."""
    numbers = value.numbers if isinstance(value, ByYear) else (value,)
    return [number for number in numbers if isinstance(number, np.ndarray)]


def select_runs(value: float | Floats | ByYear, runs: Any) -> Any:
    """Select the value of some runs, or of one; values that are the same in all runs stay unchanged."""
    if isinstance(value, ByYear):
        return ByYear(value.years, tuple(select_runs(number, runs) for number in value.numbers))
    if not isinstance(value, np.ndarray):
        return value
    chosen = value[runs]
    return chosen if np.ndim(chosen) else float(chosen)


def combine_rows(values: Sequence[float | ByYear]) -> float | Floats | ByYear:
    """Combine values of rows, each one number or numbers by the same years, to one value."""
    if len(set(values)) == 1:
        return values[0]
    if isinstance(first := values[0], ByYear):
        of_year = zip(*(each.numbers for each in values if isinstance(each, ByYear)), strict=True)
        return ByYear(first.years, tuple(map(np.array, of_year)))
    return np.array(values)


def encode_attribute(value: float | Floats | ByYear) -> float | list[float] | str:
    """Convert a number, one per run, or numbers by year to an attribute that a file can contain."""
    if isinstance(value, ByYear):
        return json.dumps(value.plain())
    return value if isinstance(value, float) else np.asarray(value).tolist()


#: Allowed types in words, by the type of error.
_ALLOWED = {
    "string_type": "text in quotes",
    "string_pattern_mismatch": "one line of text without control characters",
    "int_type": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a table of names and values",
    "model_type": "a table with keys",
    "tuple_type": "tables, each under [[levers]] in two pairs of brackets",
}

#: Parts that pydantic adds to a location for each type it tried.
_ALTERNATIVES = ("str", "list[str]")


def format_value(value: float | Floats | ByYear) -> str:
    """Format a number, the count and range of several, or numbers by year."""
    if isinstance(value, ByYear):
        of_years = (f"{year}: {format_value(number)}" for year, number in value.as_dict().items())
        return f"{{{', '.join(of_years)}}}"
    if isinstance(value, np.ndarray):
        return f"<{len(value)} values, {value.min():g} to {value.max():g}>"
    return f"{value:g}"


def build_model[Model: BaseModel](model: type[Model], content: dict[str, Any], where: str) -> Model:
    """Build a model from content.  Raises InputError for all defects; ``where`` names the source."""
    instance = model.__new__(model)
    fill_model(instance, content, where)
    return instance


def fill_model(instance: BaseModel, content: dict[str, Any], where: str) -> None:
    """Fill a new, empty model with content.  Raises InputError as :func:`build_model`."""
    try:
        BaseModel.__init__(instance, **_plain(content))
    except ValidationError as error:
        with Defects() as defects:
            misspelt = [e for e in error.errors() if e["type"] == "extra_forbidden"]
            for each in misspelt:
                defects.add(_defect(each, type(instance), where))
            meant = {find_nearest_name(_key(e), type(instance).model_fields) for e in misspelt}
            for each in error.errors():
                # report a misspelt key rather than the missing one
                if each not in misspelt and not (each["type"] == "missing" and _key(each) in meant):
                    defects.add(_defect(each, type(instance), where))


def _plain(content: Any) -> Any:
    """Convert numpy numbers, booleans and texts in the content to Python objects, for files and hashes."""
    if isinstance(content, dict):
        return {key: _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    return convert_to_python(content)


def _key(error: ErrorDetails) -> str:
    """Format the place of a defect in the content."""
    parts = (part for part in error["loc"] if part not in _ALTERNATIVES)
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)[1:]


def _defect(first: ErrorDetails, model: type[BaseModel], where: str) -> InputError:
    """Convert one validation error to an InputError."""
    key = _key(first)
    if first["type"] == "missing":
        return unusable(f"{where}: {key}", words="nothing", allowed="a value, as required")
    if first["type"] == "extra_forbidden":
        known = model.model_fields
        nearest = find_nearest_name(key, known)
        return unusable(where, found=key, allowed=f"the keys {', '.join(known)}", nearest=nearest)
    allowed = _ALLOWED.get(first["type"], first["msg"].lower())
    return unusable(f"{where}: {key}", found=first["input"], allowed=allowed)
