"""Content of files and calls as pydantic models; defects are one InputError in words of the file."""

from __future__ import annotations

import difflib
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lockin_sim.errors import Defects, InputError, unusable
from lockin_sim.numeric import as_python

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
    """The content as a model.  Raises InputError for all defects; ``where`` says whose content it is."""
    made = model.__new__(model)
    fill(made, content, where)
    return made


def fill(made: BaseModel, content: dict[str, Any], where: str) -> None:
    """Put the content into a model that was just made.  Raises InputError as :func:`checked`."""
    try:
        BaseModel.__init__(made, **_plain(content))
    except ValidationError as error:
        with Defects() as defects:
            misspelt = [e for e in error.errors() if e["type"] == "extra_forbidden"]
            for each in misspelt:
                defects.add(_defect(each, type(made), where))
            meant = {_nearest(_key(e), type(made)) for e in misspelt}
            for each in error.errors():
                # a misspelt key says more than the one that is missing for it
                if each not in misspelt and not (each["type"] == "missing" and _key(each) in meant):
                    defects.add(_defect(each, type(made), where))


def _plain(content: Any) -> Any:
    """The content with numbers, truths and texts of numpy as those of Python, which files and hashes take."""
    if isinstance(content, dict):
        return {key: _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    return as_python(content)


def _key(error: ErrorDetails) -> str:
    """The place of a defect in the content."""
    parts = (part for part in error["loc"] if part not in _ALTERNATIVES)
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)[1:]


def _nearest(key: str, model: type[BaseModel]) -> str | None:
    """The known key that may have been meant."""
    return next(iter(difflib.get_close_matches(key, list(model.model_fields), n=1)), None)


def _defect(first: ErrorDetails, model: type[BaseModel], where: str) -> InputError:
    """One defect of some content, in our words."""
    key = _key(first)
    if first["type"] == "missing":
        return unusable(f"{where}: {key}", found="nothing", allowed="this key is required")
    if first["type"] == "extra_forbidden":
        known = list(model.model_fields)
        return unusable(
            where, found=key, allowed=f"the keys {', '.join(known)}", nearest=_nearest(key, model)
        )
    allowed = _ALLOWED.get(first["type"], first["msg"].lower())
    return unusable(f"{where}: {key}", found=first["input"], allowed=allowed)
