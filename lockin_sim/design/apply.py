"""What a point of a design stands for: a scenario, and changed parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from lockin_sim.design.columns import SCENARIO, START, Column, Use
from lockin_sim.design.table import Design
from lockin_sim.errors import unusable
from lockin_sim.lever_use import LeverUse
from lockin_sim.scenario import Scenario


class Point(NamedTuple):
    """One point of a design, ready to simulate."""

    scenario: Scenario
    parameters: dict[str, float]


def point_of(design: Design, point: int, scenarios: Mapping[str, Scenario], last: int) -> Point:
    """The scenario and the changed parameters of one point.

    A column without years takes the place of the setting wherever the scenario uses the lever on the target;
    where it does not, the lever is added from 2021 on.  A column with years is always added.  Columns of one
    lever, target and years make one lever.
    scenarios  by name; "" is the one of points that name none
    last       last year simulated
    Raises InputError for a lever that would begin after it.
    """
    values = design.row(point)
    scenario = scenarios[str(values.get(SCENARIO, ""))]
    parameters: dict[str, float] = {}
    added: dict[tuple[Any, ...], dict[str, Any]] = {}
    for column in design.columns:
        value = values[column.name]
        if column.name == SCENARIO or value == "" or value != value:
            continue
        if column.use is None:
            parameters[column.name] = float(value)
            continue
        changed = (
            None if column.use.start is not None else _replaced(scenario, column.use, _as(column, value))
        )
        if changed is not None:
            scenario = changed
            continue
        use = column.use
        start = START if use.start is None else use.start
        if start > last:
            allowed = f"a first year up to {last}, as in {column.name.partition('@')[0]}@{last}"
            raise unusable(f"design: {column.name}", found=f"a lever from {start}", allowed=allowed)
        added.setdefault((use.lever, use.targets, start, use.end), {})[use.setting] = _as(column, value)
    for (lever, targets, start, end), settings in added.items():
        scenario = scenario.with_lever(lever, list(targets), from_=start, to=end, **settings)
    for line in scenario.levers:
        line.judge()  # what a column overrides is meant
    return Point(scenario, parameters)


def _as(column: Column, value: float | str) -> Any:
    """The value with the type that the lever declares."""
    return bool(value) if column.kind is bool else value


def _replaced(scenario: Scenario, use: Use, value: Any) -> Scenario | None:
    """The scenario with the setting replaced wherever it uses the lever on the targets; None if nowhere.

    Where a use names further targets, these keep what they had.
    """
    wanted, levers, found = set(use.targets), [], False
    for entry in scenario.levers:
        if not use.within(entry):
            levers.append(entry)
            continue
        found = True
        others = [t for t in entry.targets if t not in wanted]
        content = entry.model_dump(by_alias=True)
        if others:
            levers.append(LeverUse.model_validate(content | {"target": others}))
        levers.append(LeverUse.model_validate(content | {"target": list(use.targets), use.setting: value}))
    return scenario.model_copy(update={"levers": tuple(levers)}) if found else None
