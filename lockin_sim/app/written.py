"""Scenarios as text to hand around: TOML that ``load_scenario`` reads back as the same scenario."""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.errors import InputError, unusable
from lockin_sim.files import toml_of
from lockin_sim.policies import scenarios
from lockin_sim.scenario import Scenario, load_scenario
from lockin_sim.uses import LeverUse

#: Texts of a scenario, in the order in which people read them.
TEXTS = ("name", "title", "question", "decides", "source")


def as_toml(scenario: Scenario) -> str:
    """The scenario as a file: what :func:`lockin_sim.load_scenario` makes of it equals the scenario.

    scenario  without parents, as ``load_scenario`` returns it
    """
    if scenario.parents:
        raise unusable("scenario", found=scenario.parents, allowed="one that is based on no other")
    lines = [f"{key} = {_value(getattr(scenario, key))}" for key in TEXTS if getattr(scenario, key)]
    lines += ["yardstick = true"] if scenario.yardstick else []
    if scenario.parameters:
        lines += ["", "[parameters]", *(f"{_key(k)} = {_value(v)}" for k, v in scenario.parameters.items())]
    lines += _uses("levers", scenario.levers)
    for other in scenario.otherwise:
        said = {key: value for key, value in other.model_dump(exclude={"levers"}).items() if value}
        lines += ["", "[[otherwise]]", *(f"{key} = {_value(value)}" for key, value in said.items())]
        lines += _uses("otherwise.levers", other.levers)
    return "\n".join(lines) + "\n"


def scenario_of(text: str | bytes, said: str) -> Scenario:
    """The scenario that a text holds, as :func:`lockin_sim.load_scenario` reads a file.

    said  what messages call the text
    Raises InputError as that does, and for one that is based on a file: only built-in ones are at hand.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.toml"
        file.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
        content = toml_of(file, said)
        parents = content.get("based_on", [])
        for parent in parents if isinstance(parents, list) else [parents]:
            if parent not in scenarios():
                allowed = "built-in scenarios alone, where a text is loaded instead of a file"
                raise unusable(f"{said}: based_on", found=parent, allowed=allowed)
        try:
            found = load_scenario(file)
        except InputError as error:
            raise InputError(str(error).replace(str(file), said)) from error
    for position, use in enumerate(found.levers):
        use.placed(f"{said}: levers[{position}]")
    return found


def name_from(title: str) -> str:
    """A name for code and files from a title: 'my_policy'."""
    words = re.findall(r"[^\W_]+", title.casefold())
    return "_".join(words)[:60] or "policy"


def _uses(table: str, uses: Sequence[LeverUse]) -> list[str]:
    """Lines of some uses of levers."""
    lines = []
    for use in uses:
        lines += ["", f"[[{table}]]", *(f"{_key(k)} = {_value(v)}" for k, v in use.content.items())]
    return lines


def _key(name: str) -> str:
    """A bare key, or one in quotes."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _value(value: Any) -> str:
    """A value of TOML.  Strings of JSON are strings of TOML, but for one control character."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return repr(value.item() if isinstance(value, np.generic) else value)
