"""Invariance checks of a world: changes without meaning that must not change any number.

The changes: other orders of rows, other labels, another unit of money, exchanged twins, other engines.
Users who bring their own tables see with one call whether the rules treat their tables as intended.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common import notebook
from lockin_sim.common.conventions import SEED
from lockin_sim.common.engines import EngineName, has_compiler
from lockin_sim.common.errors import InputError, check_whole_number, unusable
from lockin_sim.common.files import check_path
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.model.measures import VARIABLES
from lockin_sim.runs.simulation import simulate
from lockin_sim.settings.scenario import Scenario
from lockin_sim.world import FOLDER, World, load_world, resolve_world
from lockin_sim.world.edits import Sheets, append_repeated_rows, rename_labels, shuffle_rows, split_vendor

if TYPE_CHECKING:
    import xarray as xr

#: Years that are simulated after the first, in one run.
YEARS = 3

#: How far numbers may differ, relative and absolute: sums in another order differ in their last digits.
RELATIVE, ABSOLUTE = 1e-7, 1e-9

#: What a number that is undefined in one dataset alone counts, over what is allowed: just too much.
_MISSING = 1.0 + 1e-9

#: Axes whose rows have names.
_LABELLED = ("country", "domain", "vendor", "sponsor", "standard", "body", "group")

#: Variables of lots, which have an order of their own; what they add up to is in the others.
_OF_LOTS = frozenset({"incumbent", "generation"})

#: Variables in money, and the conditions that they follow from.
MONEY = frozenset(name for name, each in VARIABLES.items() if each.unit.startswith("USD bn")) | {
    "market_size"
}


class CheckedChange(NamedTuple):
    """Result of one change that must not change any number.

    change      what was changed
    difference  what differs, and by how much; "" where all numbers are equal
    untested    why the change could not be tried; "" where it was tried
    """

    change: str
    difference: str = ""
    untested: str = ""

    @property
    def holds(self) -> bool:
        """Whether no difference was found."""
        return not self.difference

    @property
    def verdict(self) -> str:
        """Verdict in words: "holds", what differs, or why the change was not tested."""
        return f"not tested: {self.untested}" if self.untested else self.difference or "holds"


class CheckResult(tuple[CheckedChange, ...]):
    """Findings of a check, one for each change; printed as `lockin check` does, and shown in notebooks."""

    __slots__ = ()

    @property
    def holds(self) -> bool:
        """Whether no change made a difference."""
        return all(finding.holds for finding in self)

    def rows(self) -> list[dict[str, str]]:
        """Return change and verdict of each finding as dictionaries, as ``pandas.DataFrame`` takes them."""
        return [{"change": finding.change, "verdict": finding.verdict} for finding in self]

    def __str__(self) -> str:
        """Return one line for each finding."""
        width = max((len(finding.change) for finding in self), default=0)
        return "\n".join(f"{finding.change:{width}}  {finding.verdict}" for finding in self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the findings as an HTML table for notebooks."""
        return notebook.table(
            ["change", "verdict"], [list(row.values()) for row in self.rows()], words=(0, 1)
        )


@checks_keywords()
def check(world: World | str | Path | None = None, *, seed: int = SEED) -> CheckResult:
    """Check that changes without meaning change no number of a world.

    The tables are read again with their rows shuffled, with other labels, with facts repeated, and with a
    twin of a vendor that exchanges its luck with that vendor; money is counted in half dollars; and the other
    engines simulate.  Each result is compared, label by label, with one run of the first three years.

    Parameters
    ----------
    world : World, str or Path, optional
        A world, or the folder with its tables; None is the bundled world.  Of a world that was not read from
        tables, such as a toy world, only money and engines are tried.
    seed : int
        Seed of the run, and of the order in which rows are shuffled.

    Returns
    -------
    Checked
        A tuple of findings, with ``change``, ``difference``, ``untested``, ``holds`` and ``verdict`` each;
        ``holds`` is whether all hold, and ``rows()`` is what ``pandas.DataFrame`` takes.

    Raises
    ------
    InputError
        For tables that cannot be read, naming file, row and column.

    Examples
    --------
    >>> ls.check("my_data").holds
    True
    """
    if isinstance(world, str | Path):
        world = load_world(check_path("check: world", world, FOLDER))
    elif world is not None and not isinstance(world, World):
        raise unusable("check: world", found=world, allowed=f"a World, or {FOLDER}")
    trial = _ReferenceRun(resolve_world(world), check_whole_number("seed", seed))
    return CheckResult(_try_change(change, difference, trial) for change, difference in CHANGES.items())


class _UntestedError(Exception):
    """Exception for a change that cannot be tried; its text is the reason."""


def _try_change(
    change: str, difference: Callable[[_ReferenceRun], str], trial: _ReferenceRun
) -> CheckedChange:
    """Try one change and return its result; errors become findings."""
    try:
        return CheckedChange(change, difference(trial))
    except _UntestedError as reason:
        return CheckedChange(change, untested=str(reason))
    except InputError as error:
        first, *_ = str(error).splitlines()
        return CheckedChange(change, f"refused: {first}")
    except Exception as error:  # whatever an engine stumbles over is a finding, said with its kind
        return CheckedChange(change, f"fails with {type(error).__name__}: {error}")


class _ReferenceRun:
    """World with one run of its first years, the reference for changed worlds."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.seed = world, seed

    @cached_property
    def sheets(self) -> Sheets:
        """Tables of the world.  Raises _Untested where it was not read from tables, or was changed since."""
        if "origin" not in vars(self.world):
            raise _UntestedError("the world was not read from tables, or was changed since")
        return Sheets.of(self.world)

    @cached_property
    def plain(self) -> xr.Dataset:
        """Run of the unchanged world."""
        return self.simulated(self.world)

    def simulated(self, world: World, engine: EngineName = "core") -> xr.Dataset:
        """Simulate one run of a world's first years and return all variables."""
        last = min(world.first_year + YEARS, world.last_year)
        if world.calendar is not None:
            last = min(last, world.first_year + world.calendar.shape[-3])
        years = world.first_year, last
        return simulate(
            Scenario.none(),
            world=world,
            runs=1,
            seed=self.seed,
            years=years,
            engine=engine,
            record=sorted(VARIABLES),
            progress=False,
        )


def reread_world(sheets: Sheets, luck_of: Mapping[str, str] | None = None) -> World:
    """Write tables into a temporary folder and return the world read from them.

    luck_of  label whose luck a label has, by that label
    """
    with tempfile.TemporaryDirectory() as folder:
        world = load_world(sheets.write(Path(folder, "tables")))
    if not luck_of:
        return world
    return dataclasses.replace(world, facts={**world.facts, "luck_of": dict(luck_of)})


def double_money(world: World) -> World:
    """Return the world with all amounts of money doubled, as if counted in half dollars."""
    now = world.conditions
    doubled = {name: 2 * getattr(now, name) for name in ("market_size", "gdp", "envelope")}
    return dataclasses.replace(world, conditions=dataclasses.replace(now, **doubled))


def describe_difference(one: xr.Dataset, other: xr.Dataset, former: Mapping[str, str] | None = None) -> str:
    """Describe the largest difference between two datasets, label by label; "" where they agree.

    former  labels of the first dataset by those of the other, where they differ
    """
    one, other = _relabel_dataset(one, {}), _relabel_dataset(other, former or {})
    axes = [axis for axis in _LABELLED if axis in one.dims]
    for axis in axes:
        mine, its = (set(ds[axis].values.tolist()) for ds in (one, other))
        if mine != its:
            return f"{axis} differs: {', '.join(sorted(mine ^ its)[:3])} only once"
    other = other.sel({axis: one[axis].values for axis in axes})

    # how far each variable is beyond what sums in another order explain
    worst, said = 1.0, ""
    for name in sorted({str(name) for name in one.data_vars} - _OF_LOTS):
        excess, size = _measure_excess(one[name].values, other[name].values)
        if excess > worst:
            unit = "of decisions" if name == "winner" else one[name].attrs.get("units", "1")
            amount = f"differs by up to {size:.2g}" + f" {unit}" * (unit != "1")
            worst, said = excess, f"{name} {amount if np.isfinite(size) else 'is undefined in one of them'}"
    return said


def _measure_excess(one: NDArray[Any], other: NDArray[Any]) -> tuple[float, float]:
    """Return the largest difference over its tolerance, and the largest difference.

    Of names, both measure the part that differs.  Where all numbers agree but some are missing in one
    dataset, the difference is infinite, and its excess just above 1, less than that of any other difference.
    """
    if one.dtype.kind == "U":
        part = float(np.mean(one != other))
        return part / ABSOLUTE, part
    a, b = one.astype(float), other.astype(float)
    with np.errstate(invalid="ignore"):
        apart = np.where(a == b, 0.0, np.abs(a - b))  # equal infinities, too
    excess = float(np.nanmax(apart / (ABSOLUTE + RELATIVE * np.abs(a)), initial=0.0))
    if excess <= 1.0 and (np.isnan(a) != np.isnan(b)).any():
        return _MISSING, np.inf
    return excess, float(np.nanmax(apart, initial=0.0))


def _relabel_dataset(ds: xr.Dataset, former: Mapping[str, str]) -> xr.Dataset:
    """Return the dataset with other labels, and with names of winners in place of their positions."""
    axes = [axis for axis in _LABELLED if axis in ds.dims]
    labels = {axis: [former.get(label, label) for label in map(str, ds[axis].values)] for axis in axes}
    winners = np.array([*labels["vendor"], ""])[ds["winner"].values]
    return ds.assign_coords(labels).assign(winner=(ds["winner"].dims, winners))


# --- the changes ---


def _check_rereading(trial: _ReferenceRun) -> str:
    """Compare with the same tables, written and read again."""
    return describe_difference(trial.plain, trial.simulated(reread_world(trial.sheets)))


def _check_row_order(trial: _ReferenceRun) -> str:
    """Compare with the rows of all tables in another order."""
    return describe_difference(
        trial.plain, trial.simulated(reread_world(shuffle_rows(trial.sheets, trial.seed)))
    )


def _check_labels(trial: _ReferenceRun) -> str:
    """Compare with other labels, each with the luck of the label that it replaces."""
    sheets, former = rename_labels(trial.sheets)
    return describe_difference(trial.plain, trial.simulated(reread_world(sheets, former)), former)


def _check_repeated_facts(trial: _ReferenceRun) -> str:
    """Compare with appended rows that repeat facts."""
    return describe_difference(trial.plain, trial.simulated(reread_world(append_repeated_rows(trial.sheets))))


def _check_money_unit(trial: _ReferenceRun) -> str:
    """Compare with money in half dollars, halved again."""
    doubled = trial.simulated(double_money(trial.world))
    halved = {name: doubled[name] / 2 for name in MONEY & {str(name) for name in doubled.data_vars}}
    return describe_difference(trial.plain, doubled.assign(halved))


def _check_twin_vendors(trial: _ReferenceRun) -> str:
    """Compare two runs in which a vendor and its twin exchange their luck, and so their numbers."""
    offers = [row["vendor"] for row in trial.sheets.rows["offers"]]
    vendor = max(sorted(set(offers)), key=offers.count)
    twin = f"{vendor}_twin"
    sheets = split_vendor(trial.sheets, vendor, twin)
    swapped = {vendor: twin, twin: vendor}
    one, other = (trial.simulated(reread_world(sheets, luck_of)) for luck_of in ({}, swapped))
    return describe_difference(one, other, swapped)


def _check_compiled_engine(trial: _ReferenceRun) -> str:
    """Compare with the compiled engine.  Raises _Untested where it is missing or cannot run the world."""
    if not has_compiler():
        raise _UntestedError("numba is not installed, or is switched off; pip install 'lockin_sim[fast]'")
    if not trial.world.compiles:
        raise _UntestedError("a term or a voting procedure of one's own is not compiled")
    return describe_difference(trial.plain, trial.simulated(trial.world, "fast"))


def _check_agent_engine(trial: _ReferenceRun) -> str:
    """Compare with the engine of agents."""
    return describe_difference(trial.plain, trial.simulated(trial.world, "mesa"))


#: What may change no number, in the order in which it is tried.
CHANGES: dict[str, Callable[[_ReferenceRun], str]] = {
    "tables written and read": _check_rereading,
    "rows in another order": _check_row_order,
    "other labels": _check_labels,
    "facts repeated": _check_repeated_facts,
    "money in half dollars": _check_money_unit,
    "two equal vendors exchanged": _check_twin_vendors,
    "compiled engine": _check_compiled_engine,
    "engine of agents": _check_agent_engine,
}
