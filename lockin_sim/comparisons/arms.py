"""Comparison of any configurations under common shocks: arms by name, and the differences between them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from lockin_sim.common.conventions import RUNS, Floats, years_shown
from lockin_sim.common.errors import InputError, check_whole_number, convert_to_int, resolve_name, unusable
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.statistics import STATISTICS, difference, summarise_levels
from lockin_sim.common.values import check_listed
from lockin_sim.comparisons.measured_places import (
    SUMS,
    WORLD,
    extract_place,
    get_place_variable,
    list_recorded_variables,
    select_outcomes,
    with_economies,
    with_places,
)
from lockin_sim.comparisons.outcomes import build_outcome_coordinates
from lockin_sim.comparisons.trial import (
    Arm,
    ArmOptions,
    Measure,
    Setup,
    Trial,
    build_setup,
    build_variable_attributes,
    estimate_effects,
    take_world,
)
from lockin_sim.record.histories import PRIOR, Given, name_history
from lockin_sim.runs.context import now
from lockin_sim.settings.ensemble import BUNDLED_NAME, Source
from lockin_sim.settings.parameters import collect_fixed_values, format_parameter_value, parameter_title
from lockin_sim.settings.scenario import load_scenario
from lockin_sim.world import World
from lockin_sim.world.names import format_group

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
    runs: int = RUNS.pool,
    **options: Unpack[ArmOptions],
) -> xr.Dataset:
    """Run any configurations with the same shocks and tastes, and measure how they differ.

    Parameters
    ----------
    arms : at least two configurations by name, each a :class:`lockin_sim.Arm`.
    outcomes : names, see :func:`lockin_sim.outcomes`, such as ``dependence[Africa,CHN,mobile_network]``; an
        outcome whose name ends with a group is read in ``groups``, if these are given.
    against : name of the arm that all arms are compared with; None = the first.
    groups : groups of markets in which to read outcomes; None = those that end their names, or the world.
    domain : the one domain in which to read outcomes, such as "mobile_network"; None = all, by market size.
    years : years to read; runs end with the last.  None = 2035 and the world's last year.
    posterior : source of each run's parameters; None = the defaults in all runs.
    runs : number of futures of each arm, each with a draw of the parameters.
    options : see :class:`lockin_sim.comparisons.trial.Options`.

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
    named = check_arms(arms)
    base = next(iter(named)) if against is None else resolve_name("against", found=against, known=named)
    options["world"] = world = with_places(take_world(options), outcomes)
    named = {name: _add_measured_economies(arm, world) for name, arm in named.items()}
    read = resolve_years_read(years, world)
    span = world.first_year, max(read[-1], world.first_year + 1)
    how = build_setup(runs, posterior=posterior, years=span, **options)
    readings = Readings.of(how.world, outcomes, groups, domain, read)
    trial = build_arm_trial(named, readings.measure(how.world), how)
    if not now().rehearsal and (idle := find_idle_arms(trial, base)):
        warnings.warn(f"{', '.join(idle)}: nothing differs from {base} by {read[-1]}", stacklevel=2)
    values = trial.run()["values"].transpose("run", "arm", *readings.axes).values
    labels = {"arm": list(named), "arm_says": ("arm", [describe_arm_settings(arm) for arm in named.values()])}
    axes = ("arm", *readings.axes)
    data = _build_contrast_dataset(
        values, axes, list(named).index(base), labels | readings.labels(how.world), how
    )
    histories = ", ".join(sorted({name_history(case.history) for case in trial.cases}))
    about = how.attributes(against=base, domain=readings.domain or "all", histories=histories)
    return data.assign_attrs(about)


def _add_measured_economies(arm: Arm, world: World) -> Arm:
    """Add the economies that the study measures as groups to an arm's own world, if the arm has one."""
    if not isinstance(arm.world, World):
        return arm
    return replace(arm, world=with_economies(arm.world, world.groups))


def check_arms(arms: Mapping[str, Arm]) -> dict[str, Arm]:
    """Check arms by name and return them as a dictionary.  Raises InputError for fewer than two arms."""
    allowed = 'arms by name, such as {"as it is": ls.Arm(), "no loans": ls.Arm("no_dsr")}'
    if not isinstance(arms, Mapping) or not all(isinstance(name, str) and name for name in arms):
        raise unusable("arms", found=arms, allowed=allowed)
    if len(arms) < 2:
        raise unusable("arms", found=list(arms), allowed="at least two: one, and one to compare it with")
    for name, arm in arms.items():
        if not isinstance(arm, Arm):
            raise unusable(f"arm {name!r}", found=arm, allowed="an Arm, such as ls.Arm(scenario='no_dsr')")
    return dict(arms)


def resolve_years_read(years: Sequence[int] | int | None, world: World) -> tuple[int, ...]:
    """Resolve the years to read in a world, sorted and unique; None = the years shown by default.

    Raises InputError for a year outside the world, and for no year.
    """
    first, last = world.horizon(None)
    if years is None:
        return tuple(years_shown(last))
    listed = [years] if convert_to_int(years) is not None else years
    check_listed("years", listed, allowed=f"years from {first} to {last}")
    chosen = {check_whole_number("years", year, least=first, most=last) for year in listed}  # type: ignore[union-attr]
    if not chosen:
        raise unusable("years", found=years, allowed=f"at least one year from {first} to {last}")
    return tuple(sorted(chosen))


def build_arm_trial(arms: Mapping[str, Arm], measure: Measure, how: Setup) -> Trial:
    """Build the trial of arms by name, after checking that each arm can be run.

    Raises InputError that names the arm that cannot be run.
    """
    trial = Trial(("arm",), {(name,): arm for name, arm in arms.items()}, measure, how)
    for name, arm in arms.items():
        try:
            check_arm_world(arm, how, how.history(arm.history))
            scenario, values = how.configured(arm)
            values.check_runs(how.runs)
            scenario.conditions(how.world if arm.world is None else arm.world, how.years)
        except InputError as error:
            raise InputError(f"arm {name!r}: {error}") from None
    return trial


def check_arm_world(arm: Arm, how: Setup, history: Given) -> None:
    """Check that an arm's own world has the labels of the study's world, so that both share shocks.

    Vendors may differ with ``history='prior'``.  Raises InputError otherwise.
    """
    if arm.world is None:
        return
    if not isinstance(arm.world, World):
        raise unusable("world", found=arm.world, allowed="a World, as ls.load_world() returns it")
    for kind in ("country", "domain", "group", "sponsor", "standard", "body", "vendor"):
        own, studied = (world.codes(kind) for world in (arm.world, how.world))
        if own != studied and not (kind == "vendor" and name_history(history) == PRIOR):
            found = next(iter({*own} ^ {*studied}), "another order")
            unlike = "" if kind != "vendor" else "; history='prior', with which vendors may differ"
            raise unusable(f"world: {kind}", found=found, allowed=f"those of the study's world{unlike}")


def find_idle_arms(trial: Trial, base: str) -> list[str]:
    """List the arms that differ from the base arm in no year."""
    how, own = trial.setup, trial.of_arm(base)
    said = own.scenario.conditions(own.world or how.world, how.years)

    def idle(case: RunCase) -> bool:
        """Whether a case has the parameters, the world, the history and the conditions of the base arm."""
        alike = (case.parameters, case.world, case.history) == (own.parameters, own.world, own.history)
        theirs = case.scenario.conditions(case.world or how.world, how.years)
        return alike and said.same_until(theirs) == len(said.years)

    return [name for (name,) in trial.arms if name != base and idle(trial.of_arm(name))]


def describe_arm_settings(arm: Arm) -> str:
    """Describe an arm in words: title of its scenario, changed parameters, and any world of its own."""
    scenario = load_scenario(arm.scenario)
    changes = collect_fixed_values(arm.parameters).items()
    parts = [
        scenario.called,
        *(f"{parameter_title(str(name))}: {format_parameter_value(value)}" for name, value in changes),
    ]
    parts += ["a world of its own"] if arm.world is not None else []
    return "; ".join(parts)


def _build_contrast_dataset(
    values: Floats, axes: tuple[str, ...], base: int, labels: Mapping[str, Any], how: Setup
) -> xr.Dataset:
    """Build the dataset of effects and levels of arms.

    values  (run, *axes), the arm first;  base  position of the arm that all arms are compared with
    """
    import xarray as xr

    units = "as outcome_unit"
    moved = difference(values, values[:, [base]])
    data = estimate_effects(list(np.moveaxis(moved, 1, 0)), axes, units, how.draws)
    mean, above, below = data["effect"][1], data.pop("effect_above")[1], data.pop("effect_below")[1]
    agree = np.where(mean > 0, above, np.where(mean < 0, below, 1.0 - above - below))
    said = "share of futures in which the effect has the sign of its mean"
    data["agree"] = (axes, np.where(np.isnan(mean), np.nan, agree), build_variable_attributes("1", said))
    level, used = summarise_levels(values, how.draws)
    for statistic, text in (
        ("", "mean over futures"),
        ("_q05", "below it are 5 % of futures"),
        ("_q95", "above it are 5 % of futures"),
    ):
        place = STATISTICS.index(statistic.strip("_") or "mean")
        data[f"level{statistic}"] = (
            axes,
            level[..., place],
            build_variable_attributes(units, f"level: {text}"),
        )
    data["runs_used"] = (axes, used, build_variable_attributes("runs", "futures that define the level"))
    return xr.Dataset(data, coords=dict(labels))


# --- what is read of every arm ---


@dataclass(frozen=True)
class Readings:
    """Selection of outcomes, groups of markets and years to read from runs.

    names   of outcomes as requested;  quantities  names of the outcomes without a group
    groups  of markets; empty where each outcome is read in the place of its name
    domain  the one domain in which outcomes are read; None = all, by market size
    years   years to read
    """

    names: tuple[str, ...]
    quantities: tuple[str, ...]
    groups: tuple[str, ...]
    domain: str | None
    years: tuple[int, ...]

    @classmethod
    def of(
        cls,
        world: World,
        names: Sequence[str] | str,
        groups: Sequence[str] | str | None,
        domain: str | None,
        years: Sequence[int],
    ) -> Readings:
        """Build the selection from names of outcomes, groups, a domain and years.

        groups  None = the groups that end the names of outcomes, else the world; outcomes with a place in
                brackets are read in that place
        Raises InputError for an unknown name, and for an outcome that is undefined in such a group or domain.
        """
        listed = (names,) if isinstance(names, str) else names
        check_listed("outcomes", listed, allowed="a list of at least one outcome")
        if not len(listed):
            raise unusable("outcomes", found=names, allowed="at least one")
        chosen, known = select_outcomes(world, listed), select_outcomes(world, None)
        if any(o.place for o in chosen.values()):
            for where, choice in (("groups", groups), ("domain", domain)):
                if choice is not None:
                    allowed = "none beside outcomes whose names say where they are read"
                    raise unusable(where, found=choice, allowed=allowed)
            return cls(tuple(chosen), tuple(chosen), (), None, tuple(years))
        named = [o.name.removesuffix(f"_{o.group}" if o.group else "") for o in chosen.values()]
        quantities = [known[name] for name in named]
        own = tuple(dict.fromkeys(o.group or WORLD for o in chosen.values()))
        read = own if groups is None else world.codes_of("groups", groups, "group")
        layer = None if domain is None else world.code_of("domain", domain, "domain")
        for outcome in quantities:
            if (read != (WORLD,) or layer) and not outcome.reads:
                where = f"outcome {outcome.name}: {'group' if layer is None else 'domain'}"
                allowed = "only the world in all domains: it is measured of nothing smaller"
                raise unusable(where, found=layer or next(g for g in read if g != WORLD), allowed=allowed)
            if layer and set(outcome.reads) & set(SUMS):
                allowed = "none: it is a sum over all domains"
                raise unusable(f"outcome {outcome.name}: domain", found=layer, allowed=allowed)
        return cls(tuple(chosen), tuple(o.name for o in quantities), read, layer, tuple(years))

    @property
    def world_alone(self) -> bool:
        """Whether only the world in all domains is read."""
        return self.groups == (WORLD,) and self.domain is None

    def record(self, world: World) -> tuple[str, ...]:
        """Return the names of variables that runs must record in addition to those always recorded."""
        chosen = select_outcomes(world, self.quantities).values()
        if self.world_alone or not self.groups:
            return list_recorded_variables(chosen)
        return tuple(dict.fromkeys(get_place_variable(name) for o in chosen for name in o.reads))

    def measure(self, world: World) -> Measure:
        """Build the measure that a trial takes of each arm: the selected outcomes with axes and labels."""
        of = partial(read_outcome_values, readings=self)
        return Measure(of, self.axes, self.labels(world), self.record(world))

    @property
    def axes(self) -> tuple[str, ...]:
        """Axes of the values read, after the run."""
        return ("outcome", *(["group"] if self.groups else []), "year")

    def labels(self, world: World) -> dict[str, Any]:
        """Build the coordinates of outcomes, groups and years."""
        known = select_outcomes(world, self.quantities)
        pairs = zip(self.names, self.quantities, strict=True)
        of_outcomes = build_outcome_coordinates({name: known[quantity] for name, quantity in pairs})
        titles = ("group", [format_group(group) for group in self.groups])
        groups = {"group": list(self.groups), "group_label": titles} if self.groups else {}
        return of_outcomes | groups | {"year": list(self.years)}


def read_outcome_values(ds: xr.Dataset, world: World, readings: Readings) -> dict[str, Floats]:
    """Read the selected outcomes from some runs.

    Returns ``values``, (run, outcome, group, year), or (run, outcome, year) without groups.
    """
    known = select_outcomes(world, readings.quantities)
    ds, domain = ds.sel(year=list(readings.years)), readings.domain
    if not readings.groups:
        return {"values": np.stack([known[name].of(ds, world) for name in readings.quantities], axis=1)}
    names = {name for outcome in known.values() for name in outcome.reads}
    each = (extract_place(ds, world, names, group, domain) for group in readings.groups)
    seen = [ds] if readings.world_alone else list(each)
    every = [np.stack([known[name].of(one, world) for one in seen], axis=1) for name in readings.quantities]
    return {"values": np.stack(every, axis=1)}
