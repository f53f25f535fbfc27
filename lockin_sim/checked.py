"""Content of files and calls as pydantic models; a defect is one InputError in words of the file."""

from __future__ import annotations

import difflib
from typing import Any

from pydantic import BaseModel, ValidationError

from lockin_sim.errors import InputError, unusable

#: What a file may hold where it holds something of another type, in words of TOML.
_ALLOWED = {
    "string_type": "text in quotes",
    "string_pattern_mismatch": "one line of text without control characters",
    "int_type": "a whole number",
    "float_type": "a number",
    "dict_type": "names with numbers",
    "model_type": "a table with keys",
    "tuple_type": "tables, each under [[levers]] in two pairs of brackets",
}

#: Steps that pydantic puts into a place for each type it tried there.
_ALTERNATIVES = ("str", "list[str]")


def checked[Model: BaseModel](model: type[Model], content: dict[str, Any], where: str) -> Model:
    """The content as a model.  Raises InputError for the first defect; ``where`` says whose content it is."""
    made = model.__new__(model)
    fill(made, content, where)
    return made


def fill(made: BaseModel, content: dict[str, Any], where: str) -> None:
    """Put the content into a model that was just made.  Raises InputError as :func:`checked`."""
    try:
        BaseModel.__init__(made, **content)
    except ValidationError as error:
        raise _defect(error, type(made), where) from error


def _defect(error: ValidationError, model: type[BaseModel], where: str) -> InputError:
    """The first defect of some content, in our words."""
    found = error.errors()
    # a misspelt key says more than the one that is missing for it
    first = next((e for e in found if e["type"] == "extra_forbidden"), found[0])
    parts = (part for part in first["loc"] if part not in _ALTERNATIVES)
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)[1:]
    if first["type"] == "missing":
        return unusable(f"{where}: {key}", found="nothing", allowed="this key is required")
    if first["type"] == "extra_forbidden":
        known = list(model.model_fields)
        close = difflib.get_close_matches(key, known, n=1)
        return unusable(
            where, found=key, allowed=f"the keys {', '.join(known)}", nearest=close[0] if close else None
        )
    allowed = _ALLOWED.get(first["type"], first["msg"].lower())
    return unusable(f"{where}: {key}", found=first["input"], allowed=allowed)
