"""Scenarios against a baseline, run by run on the same luck: levels, paired differences, intervals.

A comparison has parts.  Each says what it records of a run and how it becomes a dataset; all share the runs:
however many parts are asked for, every run is simulated once.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from lockin_sim import notebook
from lockin_sim.conventions import RUNS, Floats
from lockin_sim.errors import InputError, unknown_name, unusable, whole_number
from lockin_sim.histories import Given
from lockin_sim.parameters import Parameters
from lockin_sim.reader import Reader
from lockin_sim.runs.context import now
from lockin_sim.runs.jobs import Case, Reducer
from lockin_sim.scenario import Named, Scenario
from lockin_sim.statistics import (
    STATISTICS,
    Estimate,
    difference,
    levels,
    mean_over_runs,
    means,
    paired,
    runs_needed,
)
from lockin_sim.studies.contrast import Options, Setup, Variables, effects, meaning, setup
from lockin_sim.studies.outcomes import RECORD, outcome_labels
from lockin_sim.studies.pairing import (
    Pairing,
    as_list,
    chosen_scenarios,
    histories_said,
    idle_ones,
    scenario_labels,
)
from lockin_sim.studies.registry import headlines, outcomes
from lockin_sim.studies.until import EFFECTS, MOST, UNTIL, Until, Wanted, in_rounds, of_part
from lockin_sim.titles import definitions, files_of, with_files
from lockin_sim.values import number as checked_number
from lockin_sim.wording import number, opening, signed, told_apart, unit_of
from lockin_sim.world import World, world_of
from lockin_sim.world.case import case_of

if TYPE_CHECKING:
    import xarray as xr

#: Wanted width of an interval: of a share, absolute; of anything else, relative to the baseline's mean.
WIDTH = 0.01

#: Years up to the horizon over which a country's lock-in is summed.
MAP_YEARS = 10


class ComparisonOptions(Options, total=False):
    """How scenarios are compared; see :func:`lockin_sim.compare`."""

    baseline: Named
    history: Given | None
    until: Wanted | None
    most: int


@dataclass(frozen=True)
class Part:
    """One dataset of a comparison.

    name      of the dataset
    reduce    function of a module: dataset of some runs, world -> arrays by name, run first
    build     makes the dataset of all runs
    record    variables that ``reduce`` needs beyond those always there
    baseline  whether only the runs of the baseline are looked at
    check     raises InputError for a world that it cannot be made of
    """

    name: str
    reduce: Reducer
    build: Callable[[Runs], xr.Dataset]
    record: tuple[str, ...] = ()
    baseline: bool = False
    check: Callable[[World], object] | None = None


@dataclass(frozen=True)
class Runs:
    """What a part kept of all runs.

    how      as the comparison was set up, with the number of runs that it took
    pairing  of scenarios and baseline
    arrays   (run, ...) by name, by label of the pairing
    about    further attributes
    """

    how: Setup
    pairing: Pairing
    arrays: Mapping[str, Mapping[str, Floats]]
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """The world of all runs."""
        return self.how.world

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """All that are compared, the baseline first."""
        return self.pairing.scenarios

    def of(self, scenario: Scenario, name: str) -> Floats:
        """One array of one scenario."""
        return self.arrays[scenario.name][name]

    def against(self, scenario: Scenario, name: str) -> Floats:
        """The same of the runs of the baseline that the scenario is paired with."""
        return self.arrays[self.pairing.against(scenario.name)][name]

    def effect(self, name: str, axes: tuple[str, ...], units: str) -> Variables:
        """Mean level and paired effect of one array in every scenario.  axes: those behind the run."""
        values = [self.of(scenario, name) for scenario in self.scenarios]
        level, used = (np.stack(found) for found in zip(*map(mean_over_runs, values), strict=True))
        names, bases = ("scenario", *axes), [self.against(scenario, name) for scenario in self.scenarios]
        return {
            "level": (names, level, meaning(units, "mean over runs")),
            "runs_used": (names, used, meaning("runs", "runs that define the level")),
            **effects(list(map(paired, values, bases)), names, units),
        }

    def dataset(self, data: Variables, labels: Mapping[str, Any]) -> xr.Dataset:
        """Variables with their labels, those of scenarios and years, and how the runs were made."""
        import xarray as xr

        coordinates = scenario_labels(self.pairing) | {"year": self.how.calendar} | dict(labels)
        made = self.how.attributes(baseline=self.scenarios[0].name)
        return xr.Dataset(data, coords=coordinates, attrs=made | dict(self.about))


@dataclass(frozen=True)
class _Reduce:
    """All reducers of some parts, one after the other; names are kept apart by the part's."""

    parts: tuple[tuple[str, Reducer], ...]

    def __call__(self, ds: xr.Dataset, world: World) -> dict[str, Floats]:
        return {
            f"{part}:{name}": values
            for part, reduce in self.parts
            for name, values in reduce(ds, world).items()
        }


def compare_parts(
    parts: Iterable[Part],
    scenarios: Sequence[Named] | Named,
    *,
    baseline: Named = "baseline",
    history: Given | None = None,
    until: Wanted | None = None,
    most: int = MOST,
    runs: int = RUNS.comparison,
    **options: Unpack[Options],
) -> dict[str, xr.Dataset]:
    """Several parts of one comparison from the same runs, by name.

    Arguments as in :func:`lockin_sim.compare`; ``until`` where one of the parts is that of the effects.
    Raises InputError for anything that cannot be used.
    """
    how, wanted = setup(runs, **options), list(parts)
    chosen = chosen_scenarios(baseline, scenarios)
    for check in (part.check for part in wanted if part.check is not None):
        check(how.world)
    pairing = Pairing.of(chosen, how.world, how.years, history)
    if not now().rehearsal and (idle := idle_ones(chosen, how.world, how.years)):
        warnings.warn(idle, stacklevel=3)
    cases, about = cases_of(wanted, pairing, how.parameters), dict[str, Any]()
    if until is None:
        arrays = how.run(cases)
    else:
        if not any(part.name == EFFECTS for part in wanted):
            raise unusable("until", found=until, allowed="only where effects on outcomes are asked for")
        whole_number("most", most, least=how.runs)
        goal = Until.of(until, how.world, how.years, pairing.pairs())
        arrays, done, look = in_rounds(partial(how.run, cases, most=most), goal, how.runs, most, how.progress)
        how, about = replace(how, runs=done), {UNTIL: goal.attribute(look, most)}
    return built(wanted, Runs(how, pairing, arrays, about))


def cases_of(parts: Sequence[Part], pairing: Pairing, parameters: Parameters) -> list[Case]:
    """What is run for some parts of a comparison, the baseline that is shown first."""
    cases = []
    for position, (label, scenario, history) in enumerate(pairing.runs()):
        mine = [part for part in parts if position == 0 or not part.baseline]
        reduce = _Reduce(tuple((part.name, part.reduce) for part in mine))
        record = tuple(dict.fromkeys(name for part in mine for name in part.record))
        cases.append(Case(label, scenario, reduce, parameters, record, history=history))
    return cases


def built(parts: Iterable[Part], runs: Runs) -> dict[str, xr.Dataset]:
    """The datasets of some parts by name, from the arrays of their :func:`cases_of`."""
    return {part.name: part.build(replace(runs, arrays=of_part(runs.arrays, part.name))) for part in parts}


# --- effects on outcomes ---


def compare(
    scenarios: Sequence[Named] | Named,
    *,
    baseline: Named = "baseline",
    history: Given | None = None,
    maps: bool = True,
    width: float = WIDTH,
    until: Wanted | None = None,
    most: int = MOST,
    runs: int = RUNS.comparison,
    **options: Unpack[Options],
) -> xr.Dataset:
    """Compare scenarios with a baseline, run by run on the same luck.

    Parameters
    ----------
    scenarios : built-in names, paths of TOML files or :class:`~lockin_sim.scenario.Scenario` objects.
    baseline : what they are compared with.
    history : see :mod:`lockin_sim.histories`; thought experiments are "prior", and a baseline of theirs.
    maps : whether to make the variables of countries, which need most of the memory.
    width : wanted width of the 95 % interval of an effect: of a share as it stands (0.01 is one point), of
        any other outcome as a part of the baseline's mean.
    until : how narrow 95 % intervals must be before no more runs are added; None = no matter.  Percentage
        points, for each headline outcome and scenario in the years that reports show, 2035 and the last; or a
        mapping from outcomes to widths, in points of a share and else in the outcome's own unit.  The numbers
        are those of a comparison with so many runs; ``runs`` and, as JSON, ``until`` among the attributes say
        how it ended, see :mod:`lockin_sim.studies.until`.
    most : most runs of each scenario with ``until``.
    runs : of each scenario; with ``until`` those of the first round.
    options : see :class:`lockin_sim.Options`.

    Returns
    -------
    Dataset
        Over (scenario, outcome, year), the baseline first: ``level`` with its statistics mean, q05, q50 and
        q95 over runs; ``effect``, the mean paired difference from the baseline, with the ends ``effect_low``
        and ``effect_high`` of its 95 % interval (Student's t); ``runs_used`` and ``pairs_used``, the runs
        behind them: a run in which an outcome is not defined is left out; ``runs_needed``, after how many
        runs the interval is expected to be no wider than ``wanted_width`` (outcome, year).  Along
        ``scenario``: question, source, hash, its file as given, levers and parameters as JSON, and
        ``history``, the kind of history behind its effect. With ``maps``, of the baseline: ``dependence``
        (country, sponsor), share of a country's base at the horizon, domains weighted by market size;
        ``country_lock_in`` (country, sponsor), lock-in to a sponsor's vendors by value renewed over the last
        ten years; means over runs, ``map_runs_used`` behind the latter.

    Raises
    ------
    InputError
        For anything that cannot be used, and for no scenario at all.
    """
    others = as_list(scenarios)
    if not others:
        raise unusable("scenarios", found=scenarios, allowed="at least one to compare with the baseline")
    found = compare_parts(
        [effects_part(width), *([MAPS] if maps else [])], others, baseline=baseline, history=history,
        until=until, most=most, runs=runs, **options,
    )  # fmt: skip
    return effects_of(found, files_of([baseline, *others]))


def effects_of(found: Mapping[str, xr.Dataset], files: Mapping[str, str]) -> xr.Dataset:
    """The effects with the scenarios' files, by name, together with the maps where they were made."""
    effects, maps = with_files(found["effects"], files), found.get("maps")
    return effects if maps is None else effects.merge(maps, combine_attrs="override")


def outcome_arrays(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """All outcomes of some runs by name, each (run, year)."""
    return {name: outcome.of(ds, world) for name, outcome in outcomes(world).items()}


def effects_part(width: float = WIDTH) -> Part:
    """Levels and effects of all outcomes.  Raises InputError for a width that cannot be wanted."""
    width = checked_number("width", width, allowed="a finite number above 0", low=sys.float_info.min)
    return Part(EFFECTS, outcome_arrays, partial(_effects, width=width), RECORD)


def _effects(runs: Runs, *, width: float) -> xr.Dataset:
    """Statistics of all outcomes with labels and units."""
    known = outcomes(runs.world)
    every = {label: np.stack([of[name] for name in known], axis=1) for label, of in runs.arrays.items()}
    stacked = [every[s.name] for s in runs.scenarios]
    bases = [every[runs.pairing.against(s.name)] for s in runs.scenarios]
    axes, as_told = ("scenario", "outcome", "year"), "as outcome_unit"
    level, used = zip(*(levels(values) for values in stacked), strict=True)
    shares = np.array([unit_of(o.unit).share for o in known.values()])[:, None]
    wanted = width * np.where(shares, 1.0, np.abs(level[0][..., 0]))
    both = list(zip(stacked, bases, strict=True))
    needed = np.stack([runs_needed(difference(values, base), wanted) for values, base in both])
    data: Variables = {
        "level": ((*axes, "statistic"), np.stack(level), meaning(as_told, "level over runs")),
        "runs_used": (axes, np.stack(used), meaning("runs", "runs that define the level")),
        **effects([paired(values, base) for values, base in both], axes, as_told),
        "runs_needed": (axes, needed, meaning("runs", "runs needed for an interval of the wanted width")),
        "wanted_width": (axes[1:], wanted, meaning(as_told, "wanted width of the interval of an effect")),
    }
    labels = definitions(runs.scenarios) | outcome_labels(known) | {"statistic": list(STATISTICS)}
    return runs.dataset(data, labels)


def map_arrays(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """For each country (run, country, sponsor): dependence at the horizon, and lock-in of the last years by
    value renewed.  NaN where a country has no base, or renewed nothing."""
    recent = ds.isel(year=slice(-MAP_YEARS, None))
    locked = recent["country_lock_in"].transpose("run", "country", "sponsor", "year").values
    renewed = recent["country_renewed"].transpose("run", "country", "year").values
    # the initial year has no flows; all later years have
    locked_sum, renewed_sum = np.nansum(locked, axis=-1), np.nansum(renewed, axis=-1)
    last = ds["country_dependence"].isel(year=-1).transpose("run", "country", "sponsor")
    lock_in = np.full(locked_sum.shape, np.nan)
    np.divide(locked_sum, renewed_sum[..., None], out=lock_in, where=renewed_sum[..., None] > 0)
    return {"dependence": last.values, "country_lock_in": lock_in}


def _maps(runs: Runs) -> xr.Dataset:
    """Means over runs of the baseline, by country."""
    import xarray as xr

    place = ("country", "sponsor")
    lock_in, behind = mean_over_runs(runs.of(runs.scenarios[0], "country_lock_in"))
    dependence = means(runs.of(runs.scenarios[0], "dependence"))
    about = {
        "dependence": meaning("1", "share of the base that a sponsor's vendors run at the horizon"),
        "country_lock_in": meaning("1", "lock-in to a sponsor's vendors, last ten years"),
        "map_runs_used": meaning("runs", "runs that define country_lock_in"),
    }
    return xr.Dataset(
        {
            "dependence": (place, dependence, about["dependence"]),
            "country_lock_in": (place, lock_in, about["country_lock_in"]),
            "map_runs_used": (place, behind, about["map_runs_used"]),
        },
        coords={"country": list(runs.world.countries), "sponsor": list(runs.world.sponsors)},
        attrs=runs.how.attributes(baseline=runs.scenarios[0].name) | dict(runs.about),
    )


#: Dependence and lock-in of countries in the baseline.
MAPS = Part(
    "maps", map_arrays, _maps, ("country_dependence", "country_lock_in", "country_renewed"), baseline=True
)


# --- the assumption that a policy leans on, made otherwise ---

#: How names of these studies begin; the rest is the name of the study with the assumption as it is.
OTHERWISE = "otherwise_"

#: Coordinates along ``scenario``: the policy that a scenario is, and what is assumed instead.
POLICY, WHEN = "scenario_policy", "scenario_otherwise"


def turned(scenarios: Iterable[Scenario], present: int) -> dict[str, tuple[Scenario, str]]:
    """Policies with one assumption made otherwise, by name: the scenario, and the policy that it is.

    Yardsticks and what changes the past, nobody's choice, are left out.
    Raises InputError if no scenario says in its file what would be assumed instead.
    """
    choices = (s for s in scenarios if not s.yardstick and not s.is_thought_experiment(present))
    found = {o.name: (o, s.name) for s in choices for o in s.made_otherwise()}
    if not found:
        text = "found no scenario that says what else could be assumed; allowed: one with [[otherwise]]"
        raise InputError(f"otherwise: {text} in its file.")
    return found


def otherwise(
    parts: Iterable[Part],
    scenarios: Iterable[Scenario],
    *,
    runs: int = RUNS.comparison,
    **options: Unpack[ComparisonOptions],
) -> dict[str, xr.Dataset]:
    """The parts of a comparison for policies of which one assumption is made otherwise.

    scenarios  as they are; those without an ``otherwise`` are left out
    Other arguments as in :func:`lockin_sim.compare`.
    Returns the datasets by name, each behind ``otherwise_``; ``scenario_decides`` is the assumption as it is,
    ``scenario_otherwise`` what is assumed instead, ``scenario_policy`` the name of the policy.
    Raises InputError for anything that cannot be used, and where no scenario can be turned.
    """
    others = turned(scenarios, world_of(options.get("world")).present)
    found = compare_parts(parts, [scenario for scenario, _ in others.values()], runs=runs, **options)
    return {OTHERWISE + name: _labelled(ds, others) for name, ds in found.items()}


def _labelled(ds: xr.Dataset, others: Mapping[str, tuple[Scenario, str]]) -> xr.Dataset:
    """The dataset with the policy of each scenario, and what it assumes; the baseline is its own."""
    names = [str(name) for name in ds["scenario"].values]
    policies = [others[name][1] if name in others else name for name in names]
    when = [
        name.removeprefix(f"{policy}, ") if name in others else ""
        for name, policy in zip(names, policies, strict=True)
    ]
    return ds.assign_coords({POLICY: ("scenario", policies), WHEN: ("scenario", when)})


# --- a comparison at a glance ---


@dataclass(frozen=True, repr=False)
class Summary:
    """Some effects of a comparison as text, and as a table in a notebook.

    sentence  what the numbers are
    heads     of the columns, the name of the scenario first
    rows      cells as they are written, the level of the baseline first, then effects
    """

    sentence: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        """The sentence, what each column holds, and the table."""
        letters = [f"({chr(ord('a') + place)})" for place in range(len(self.heads) - 1)]
        named = [f"{letter} {head}" for letter, head in zip(letters, self.heads[1:], strict=True)]
        lines = [("", *letters), *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = [
            "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip()
            for line in lines
        ]
        return "\n".join([self.sentence, *named, "", *table])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """For notebooks."""
        return notebook.sentence(self.sentence) + "\n" + notebook.table(self.heads, self.rows)


def summary(
    effects: xr.Dataset, outcomes: Sequence[str] | None = None, *, year: int | None = None
) -> Summary:
    """What a comparison found, a row for each policy: effects with their 95 % intervals.

    effects   dataset of :func:`lockin_sim.compare`
    outcomes  names of the outcomes to show; None = the headlines of the case, or the first outcome
    year      one of the years compared; None = the last

    Raises InputError for another dataset, or a name or year that it does not have.
    """
    if "effect_low" not in effects or not {"scenario", "outcome", "year"} <= set(effects.dims):
        raise unusable(
            "summary", found=sorted(map(str, effects.data_vars)), allowed="a dataset of lockin_sim.compare"
        )
    reader = Reader(effects)
    chosen = list(
        (headlines(case_of(effects.attrs)) or reader.outcomes[:1]) if outcomes is None else outcomes
    )
    for name in chosen:
        if name not in reader.outcomes:
            raise unknown_name("summary outcomes", found=name, known=reader.outcomes)
    when = reader.last if year is None else year
    if when not in effects["year"].values:
        years = f"a year from {effects['year'].values[0]} to {reader.last}"
        raise unusable("summary year", found=year, allowed=years)
    level = [number(reader.level(reader.baseline, name, when).mean) for name in chosen]
    rows = [(reader.title(reader.baseline), *level)]
    for policy in reader.scenarios:
        if policy != reader.baseline:
            rows.append(
                (reader.marked(policy), *(_effect(reader.effect(policy, name, when)) for name in chosen))
            )
    heads = (f"{opening(reader.label(name))}, {reader.said_unit(name)}" for name in chosen)
    text = (
        f"{when}: level of the {reader.base}, then differences from it with 95 % intervals of chance alone, "
        f"{effects.attrs['runs']} paired runs."
    )
    text = " ".join(filter(None, [text, histories_said(effects)]))
    return Summary(text, ("", *heads), tuple(rows))


def _effect(effect: Estimate[float]) -> str:
    """A difference and its interval."""
    digits = told_apart(1, effect.low, effect.high)
    mean, low, high = (signed(value, digits) for value in effect)
    return f"{mean} ({low} to {high})"
