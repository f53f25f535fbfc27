"""Any configurations on the same luck: arms by name, and what differs between them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from lockin_sim.common.conventions import RUNS, Floats
from lockin_sim.common.errors import InputError, as_whole, known_name, unusable, whole_number
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.statistics import STATISTICS, difference, levels
from lockin_sim.common.values import check_listed
from lockin_sim.record.histories import PRIOR, Given, called
from lockin_sim.runs.context import now
from lockin_sim.settings.ensemble import BUNDLED_NAME, Source
from lockin_sim.settings.parameters import Parameters, parameter_title, value_said
from lockin_sim.settings.scenario import load_scenario
from lockin_sim.studies.contrast import Arm, ArmOptions, Measure, Setup, Trial, effects, meaning, setup
from lockin_sim.studies.markets import Readings
from lockin_sim.studies.places import with_economies, with_places
from lockin_sim.words.reader import years_shown
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr

    from lockin_sim.runs.jobs import RunCase


@checks_keywords(*ArmOptions.__annotations__)
def contrast(
    arms: Mapping[str, Arm],
    *,
    outcomes: Sequence[str] | str,
    against: str | None = None,
    groups: Sequence[str] | str | None = None,
    domain: str | None = None,
    years: Sequence[int] | int | None = None,
    posterior: Source = BUNDLED_NAME,
    runs: int = RUNS.mechanisms,
    **options: Unpack[ArmOptions],
) -> xr.Dataset:
    """Run any configurations with the same shocks and tastes, and measure how they differ.

    Parameters
    ----------
    arms : at least two configurations by name, each a :class:`lockin_sim.Arm`.
    outcomes : names, see :func:`lockin_sim.outcomes`, such as ``dependence[Africa,CHN,mobile_network]``; an
        outcome whose name ends with a group is read in ``groups``, if these are given.
    against : name of the arm that all are compared with; None = the first.
    groups : groups of markets in which to read outcomes; None = those that end their names, or the world.
    domain : the one domain in which to read outcomes, such as "mobile_network"; None = all, by market size.
    years : years to read; runs end with the last.  None = 2035 and the world's last year.
    posterior : source of each run's parameters; None = the defaults in all runs.
    runs : number of futures of each arm, each with a draw of the parameters.
    options : see :class:`lockin_sim.studies.contrast.Options`.

    Returns
    -------
    Dataset
        Over (arm, outcome, group, year), without groups if the names of outcomes have a place in brackets:
        ``effect``, mean difference from ``against`` over futures, with the
        ends ``effect_low`` and ``effect_high`` of its 95 % interval (Student's t over draws); ``effect_q05``
        and ``effect_q95``, between which nine in ten futures lie; ``agree``, the share of futures in which
        the difference has the sign of the mean; ``level``, the mean, with ``level_q05`` and ``level_q95``;
        ``pairs_used``, futures in which the outcome is defined in both arms, and ``effect_draws``, effective
        number of draws behind them.  ``arm_says`` describes each arm.

    Raises
    ------
    InputError : before the first run, for anything that cannot be used.
    """
    named = named_arms(arms)
    base = next(iter(named)) if against is None else known_name("against", found=against, known=named)
    options["world"] = world = with_places(world_of(options.get("world")), outcomes)
    named = {name: _measured(arm, world) for name, arm in named.items()}
    read = years_read(years, world)
    span = world.first_year, max(read[-1], world.first_year + 1)
    how = setup(runs, posterior=posterior, years=span, **options)
    readings = Readings.of(how.world, outcomes, groups, domain, read)
    trial = trial_of(named, readings.measure(how.world), how)
    if not now().rehearsal and (idle := idle_arms(trial, base)):
        warnings.warn(f"{', '.join(idle)}: nothing differs from {base} by {read[-1]}", stacklevel=2)
    values = trial.run()["values"].transpose("run", "arm", *readings.axes).values
    labels = {"arm": list(named), "arm_says": ("arm", [said_of(arm) for arm in named.values()])}
    axes = ("arm", *readings.axes)
    data = _dataset(values, axes, list(named).index(base), labels | readings.labels(how.world), how)
    histories = ", ".join(sorted({called(case.history) for case in trial.cases}))
    about = how.attributes(against=base, domain=readings.domain or "all", histories=histories)
    return data.assign_attrs(about)


def _measured(arm: Arm, world: World) -> Arm:
    """An arm whose own world measures the economies that the study's does."""
    if not isinstance(arm.world, World):
        return arm
    return replace(arm, world=with_economies(arm.world, world.groups))


def named_arms(arms: Mapping[str, Arm]) -> dict[str, Arm]:
    """Arms by name.  Raises InputError for anything else, and for fewer than two."""
    allowed = 'arms by name, such as {"as it is": ls.Arm(), "no loans": ls.Arm("no_dsr")}'
    if not isinstance(arms, Mapping) or not all(isinstance(name, str) and name for name in arms):
        raise unusable("arms", found=arms, allowed=allowed)
    if len(arms) < 2:
        raise unusable("arms", found=list(arms), allowed="at least two: one, and one to compare it with")
    for name, arm in arms.items():
        if not isinstance(arm, Arm):
            raise unusable(f"arm {name!r}", found=arm, allowed="an Arm, such as ls.Arm(scenario='no_dsr')")
    return dict(arms)


def years_read(years: Sequence[int] | int | None, world: World) -> tuple[int, ...]:
    """Years of a world to read, in order, each once.  Raises InputError for any other."""
    first, last = world.horizon(None)
    if years is None:
        return tuple(years_shown(last))
    listed = [years] if as_whole(years) is not None else years
    check_listed("years", listed, allowed=f"years from {first} to {last}")
    chosen = {whole_number("years", year, least=first, most=last) for year in listed}  # type: ignore[union-attr]
    if not chosen:
        raise unusable("years", found=years, allowed=f"at least one year from {first} to {last}")
    return tuple(sorted(chosen))


def trial_of(arms: Mapping[str, Arm], measure: Measure, how: Setup) -> Trial:
    """The trial of arms by name.  Raises InputError that names the arm for one that cannot be run."""
    trial = Trial(("arm",), {(name,): arm for name, arm in arms.items()}, measure, how)
    for name, arm in arms.items():
        try:
            check_world(arm, how, how.history(arm.history))
            scenario, values = how.configured(arm)
            values.check_runs(how.runs)
            scenario.conditions(how.world if arm.world is None else arm.world, how.years)
        except InputError as error:
            raise InputError(f"arm {name!r}: {error}") from None
    return trial


def check_world(arm: Arm, how: Setup, history: Given) -> None:
    """Raises InputError for an arm with a world in which the study's luck has no meaning."""
    if arm.world is None:
        return
    if not isinstance(arm.world, World):
        raise unusable("world", found=arm.world, allowed="a World, as ls.load_world() returns it")
    for kind in ("country", "domain", "group", "sponsor", "standard", "body", "vendor"):
        own, studied = (world.codes(kind) for world in (arm.world, how.world))
        if own != studied and not (kind == "vendor" and called(history) == PRIOR):
            found = next(iter({*own} ^ {*studied}), "another order")
            unlike = "" if kind != "vendor" else "; history='prior', with which vendors may differ"
            raise unusable(f"world: {kind}", found=found, allowed=f"those of the study's world{unlike}")


def idle_arms(trial: Trial, base: str) -> list[str]:
    """Arms in which nothing differs from one of them in any year."""
    how, own = trial.setup, trial.of_arm(base)
    said = own.scenario.conditions(own.world or how.world, how.years)

    def idle(case: RunCase) -> bool:
        """Whether a case has the parameters, the world, the luck and the conditions of the base."""
        alike = (case.parameters, case.world, case.history) == (own.parameters, own.world, own.history)
        theirs = case.scenario.conditions(case.world or how.world, how.years)
        return alike and said.same_until(theirs) == len(said.years)

    return [name for (name,) in trial.arms if name != base and idle(trial.of_arm(name))]


def said_of(arm: Arm) -> str:
    """An arm in words."""
    scenario = load_scenario(arm.scenario)
    changes = arm.parameters.changed() if isinstance(arm.parameters, Parameters) else arm.parameters or {}
    parts = [scenario.called]
    parts += [f"{parameter_title(str(name))}: {value_said(value)}" for name, value in changes.items()]
    parts += ["a world of its own"] if arm.world is not None else []
    return "; ".join(parts)


def _dataset(
    values: Floats, axes: tuple[str, ...], base: int, labels: Mapping[str, Any], how: Setup
) -> xr.Dataset:
    """Effects and levels of arms.  values: (run, *axes), the arm first;  base: position of the arm that all
    are compared with"""
    import xarray as xr

    units = "as outcome_unit"
    moved = difference(values, values[:, [base]])
    data = effects(list(np.moveaxis(moved, 1, 0)), axes, units, how.draws)
    mean, above, below = data["effect"][1], data.pop("effect_above")[1], data.pop("effect_below")[1]
    agree = np.where(mean > 0, above, np.where(mean < 0, below, 1.0 - above - below))
    said = "share of futures in which the effect has the sign of its mean"
    data["agree"] = (axes, np.where(np.isnan(mean), np.nan, agree), meaning("1", said))
    level, used = levels(values, how.draws)
    for statistic, text in (("", "mean over futures"), ("_q05", "below it are 5 % of futures"),
                            ("_q95", "above it are 5 % of futures")):  # fmt: skip
        place = STATISTICS.index(statistic.strip("_") or "mean")
        data[f"level{statistic}"] = (axes, level[..., place], meaning(units, f"level: {text}"))
    data["runs_used"] = (axes, used, meaning("runs", "futures that define the level"))
    return xr.Dataset(data, coords=dict(labels))
