"""All built-in scenarios against the baseline: effects, groups, domains, cost, package, other structures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xarray as xr

import lockin_sim as ls
from lockin_sim.comparisons.compare import tabulate_effects
from lockin_sim.pages import plots
from lockin_sim.pages.comparison_folder import TABLES, Comparison
from lockin_sim.runs.results import write_csv, write_frame, write_table
from lockin_sim.world.case import load_bundled_case

from .acting import acting, acting_figure

SEED = 3

#: Runs of the comparison, and of the package, whose levers overlap by little beside the noise.
RUNS, PACKAGE_RUNS = 64, 32

#: Runs with draws of parameters and of the model's structure, and the policies that are tried in them.
FUTURES = 192
TRIED = (
    *("no_dsr", "no_state_support", "us_pressure", "eu_coordinated", "eu_champions", "open_ran"),
    "eu_package",
)

#: The package that is taken apart, and in what its levers are compared, where.
PACKAGE, TOGETHER = "eu_package", "all levers"
OF_PACKAGE = {
    "outcomes": ("cn2035_sensitive", "dependence_sensitive_CHN", "surplus"),
    "groups": ("world", "excluding_CHN", "greenfield", "Africa", "income:low"),
    "years": (2035, 2050),
}

#: Scenarios of the reduced form.
FEW = ("no_state_support", "eu_package")

#: What is asked about there: how far standards and welfare go.
OF_FUTURES = ("cn2035_share", "cn2035_sensitive_excluding_CHN", "surplus")

#: Whose effects in the last year stand side by side in the summary.
SUMMARY = (
    "cn2035_share",
    "cn2035_sensitive_excluding_CHN",
    "dependence_sensitive_CHN_excluding_CHN",
    "dependence_sensitive_CHN_greenfield",
    "dependence_sensitive_CHN_income:low",
    "dependence_sensitive_CHN_Africa",
    "switching_pull",
    "surplus",
    "price_paid",
)

#: Measures in the table by group; those by domain and country are in the report.
BY_GROUP = ("surplus", "price_paid", "dependence_sensitive_CHN", "dependence_economies_CHN",
            "dependence_sensitive_USA", "dependence_sensitive_EU", "cn2035_sensitive")  # fmt: skip

#: Those that the table by region has, with levels, for the groups that cases name.
BY_REGION = ("dependence_economies_CHN", "dependence_sensitive_CHN", "cn2035_sensitive")

GROUPS = load_bundled_case().groups


def stored(table: str, row: dict[str, str]) -> bool:
    """All, but in the table by group not what the table by region has."""
    return table != "by_group.csv" or row["measure"] not in BY_REGION or row["group"] not in GROUPS


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Run the comparison and leave its tables and figures in a folder."""
    names = FEW if reduced else [name for name in ls.scenarios() if name != "baseline"]
    how: dict[str, Any] = {"seed": SEED, "workers": workers}
    found = Comparison.run(names, runs=4 if reduced else RUNS, years=(2010, 2050), **how).datasets
    found[PACKAGE] = by_lever(ls.load_scenario(PACKAGE), runs=4 if reduced else PACKAGE_RUNS, **how)
    tried, runs = (FEW, 8) if reduced else (TRIED, FUTURES)
    how |= {"posterior": "bundled", "structure": "drawn"}
    found["futures"] = ls.compare(tried, outcomes=OF_FUTURES, runs=runs, maps=False, **how)
    _tables(found, folder)
    _figures(found, folder)


def by_lever(package: ls.Scenario, **how: Any) -> xr.Dataset:
    """What each lever of a package does ``alone``, and what it adds as the ``last`` of them."""
    uses: dict[str, list[Any]] = {}
    for use in package.levers:
        uses.setdefault(f"{use.lever}[{','.join(use.targets)}]", []).append(use)

    def arm(*names: str) -> ls.Arm:
        """The package with these levers only."""
        kept = tuple(use for use in package.levers if any(use in uses[name] for name in names))
        return ls.Arm(package.model_copy(update={"levers": kept}))

    alone = {"nothing": ls.Arm()} | {name: arm(name) for name in uses} | {TOGETHER: ls.Arm(package)}
    without = {name: arm(*(other for other in uses if other != name)) for name in uses}
    how |= {"posterior": None, **OF_PACKAGE}
    first = ls.contrast(alone, **how).drop_sel(arm="nothing")
    last = ls.contrast({TOGETHER: alone[TOGETHER], **without}, **how).drop_sel(arm=TOGETHER)
    ends = {"": "", "_low": "_high", "_high": "_low"}  # taken away rather than added: signs turn
    added = {f"last{end}": -last[f"effect{other}"] for end, other in ends.items()}
    return first.rename({f"effect{end}": f"alone{end}" for end in ends}).assign(added)


def _tables(found: dict[str, xr.Dataset], folder: Path) -> None:
    """What the answer quotes, in 2035 and 2050."""
    write_summary(found, folder / "summary.csv")
    small = {
        "by_group": found["by_group"].sel(measure=list(BY_GROUP)),
        "by_domain": found["by_domain"].sel(measure=["cn2035_share", "surplus"]),
        "public_cost": found["public_cost"],
    }
    for name, ds in small.items():
        for table, variables in TABLES[name].items():
            kept = [v for v in variables if v in ds and v not in ("level", "runs_used")]
            write_table(ds, kept, folder / f"{table}.csv")
    write_frame(folder / "futures.csv", tabulate_effects(found["futures"].isel(year=[-1])))
    by_region = found["by_group"].sel(measure=list(BY_REGION), group=list(GROUPS))
    write_table(by_region, ("level", "effect"), folder / "by_region.csv")
    write_table(found[PACKAGE], ["alone", "last"], folder / "eu_package_levers.csv")
    rows = acting(found)
    write_csv(folder / "acting.csv", list(rows[0]), ([*row.values()] for row in rows))


def write_summary(found: dict[str, xr.Dataset], path: Path) -> None:
    """One row a scenario and outcome in the last year: effect, interval, and futures by direction."""
    effects, futures = (found[name].isel(year=-1) for name in ("effects", "futures"))
    rows = []
    for scenario in effects["scenario"].values[1:]:
        for outcome in SUMMARY:
            at = {"scenario": scenario, "outcome": outcome}
            names = ("effect", "effect_low", "effect_high", "pairs_used", "runs_needed")
            of_futures = (
                [futures[n].sel(at).item() for n in ("effect_above", "effect_below")]
                if outcome in futures["outcome"] and scenario in futures["scenario"]
                else ["", ""]
            )
            unit = effects["outcome_unit"].sel(outcome=outcome).item()
            rows.append([scenario, outcome, unit, *(effects[n].sel(at).item() for n in names), *of_futures])
    head = ("scenario", "outcome", "unit", "effect", "effect_low", "effect_high", "pairs_used", "runs_needed")
    write_csv(path, (*head, "futures_above", "futures_below"), iter(rows))


def _figures(found: dict[str, xr.Dataset], folder: Path) -> None:
    """Draw and save what the answer shows."""
    figure = plots.effects(found["futures"], "cn2035_sensitive_excluding_CHN")
    plots.save(figure, folder / "futures_sensitive.png")
    plots.save(acting_figure(found), folder / "acting.png")
