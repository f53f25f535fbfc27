"""All built-in scenarios against the baseline: effects, groups, domains, cost, channels, package, futures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xarray as xr

import lockin_sim as ls
from lockin_sim import plots
from lockin_sim.results import write_csv, write_table
from lockin_sim.studies import breakdown
from lockin_sim.studies.breakdown import cost_part
from lockin_sim.studies.comparison import effects_part
from lockin_sim.studies.policies import otherwise
from lockin_sim.studies.suite import TABLES, comparison_suite
from lockin_sim.world.case import bundled_case

from .acting import acting, acting_figure

SEED = 3

#: Runs of the comparison, of channels, and of the package, whose interaction is small beside its noise.
RUNS, CHANNEL_RUNS, PACKAGE_RUNS = 64, 24, 32

#: Runs of policies of which one assumption is made otherwise: six of the package, one of any other.
OTHERWISE_RUNS = 16

#: Number of futures, runs in each, and the policies that are tried in them.
FUTURES, FUTURE_RUNS = 32, 6
TRIED = (
    *("no_dsr", "no_state_support", "us_pressure", "eu_coordinated", "eu_champions", "open_ran"),
    "eu_package",
)

PACKAGE = "synergy_eu_package"

#: Scenarios of the reduced form.
FEW = ("no_state_support", "eu_package")

#: What is judged in futures: how far standards and welfare go, and goals of the brief.
OF_FUTURES = ("cn2035_share", "cn2035_sensitive_excluding_CHN", "surplus", "eu_dependence", "public_cost")

#: Whose effects in the last year stand side by side in the summary.
SUMMARY = (
    "cn2035_share",
    "cn2035_sensitive_excluding_CHN",
    "dependence_sensitive_CHN_excluding_CHN",
    "dependence_sensitive_CHN_greenfield",
    "dependence_sensitive_CHN_income:low",
    "dependence_sensitive_CHN_Africa",
    "lock_in",
    "surplus",
    "price_paid",
)

#: Measures in the table by group; those by domain and country are in the report.
BY_GROUP = ("surplus", "price_paid", "dependence_sensitive_CHN", "dependence_economies_CHN",
            "dependence_sensitive_USA", "dependence_sensitive_EU", "cn2035_sensitive")  # fmt: skip

#: Those that the table by region has, with levels, for the groups that cases name.
BY_REGION = ("dependence_sensitive_CHN", "dependence_economies_CHN", "cn2035_sensitive")

GROUPS = bundled_case().groups


def stored(table: str, row: dict[str, str]) -> bool:
    """All, but in the table by group not what the table by region has."""
    return table != "by_group.csv" or row["measure"] not in BY_REGION or row["group"] not in GROUPS


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Run the comparison and leave its tables and figures in a folder."""
    names = FEW if reduced else [name for name in ls.scenarios() if name != "baseline"]
    how: dict[str, Any] = {"seed": SEED, "workers": workers}
    found = comparison_suite(names, runs=4 if reduced else RUNS, years=(2010, 2050), **how)
    if not reduced:
        policies = [ls.load_scenario(name) for name in names]
        parts = [effects_part(None), breakdown.BY_GROUP, cost_part(ls.load_world(), None)]
        found |= otherwise(parts, policies, runs=OTHERWISE_RUNS, years=(2010, 2050), **how)
    found["channels"] = ls.channels(names, runs=4 if reduced else CHANNEL_RUNS, **how)
    found[PACKAGE] = ls.synergy("eu_package", runs=4 if reduced else PACKAGE_RUNS, **how)
    tried, n, of_each = (FEW, 4, 4) if reduced else (TRIED, FUTURES, FUTURE_RUNS)
    found["futures"] = ls.futures(tried, outcomes=OF_FUTURES, n=n, runs=of_each, **how)
    _tables(found, folder)
    _figures(found, folder)


def _tables(found: dict[str, xr.Dataset], folder: Path) -> None:
    """What the answer quotes, in 2035 and 2050."""
    write_summary(found, folder / "summary.csv")
    small = {
        "by_group": found["by_group"].sel(measure=list(BY_GROUP)),
        "by_domain": found["by_domain"].sel(measure=["cn2035_share", "surplus"]),
        "public_cost": found["public_cost"],
        "channels": found["channels"].sel(domain="all"),
        "futures": found["futures"],
    }
    for name, ds in small.items():
        for table, variables in TABLES[name].items():
            kept = [v for v in variables if v in ds and v not in ("level", "runs_used")]
            if table != "futures":
                write_table(ds, kept, folder / f"{table}.csv")
    write_table(breakdown.by_region(found["by_group"]), ("level", "effect"), folder / "by_region.csv")
    package = found[PACKAGE].sel(outcome=list(SUMMARY))
    for table, variables in TABLES["synergy"].items():
        write_table(package, variables, folder / f"eu_package_{table}.csv")
    rows = acting(found)
    write_csv(folder / "acting.csv", list(rows[0]), ([*row.values()] for row in rows))


def write_summary(found: dict[str, xr.Dataset], path: Path) -> None:
    """One row a scenario and outcome in the last year: effect, interval, and futures by direction."""
    effects, futures = found["effects"].isel(year=-1), found["futures"]
    rows = []
    for scenario in effects["scenario"].values[1:]:
        for outcome in SUMMARY:
            at = {"scenario": scenario, "outcome": outcome}
            names = ("effect", "effect_low", "effect_high", "pairs_used", "runs_needed")
            of_futures = (
                [futures[n].sel(at).item() for n in ("share_raises", "share_lowers", "flips")]
                if outcome in futures["outcome"] and scenario in futures["scenario"]
                else ["", "", ""]
            )
            unit = effects["outcome_unit"].sel(outcome=outcome).item()
            rows.append([scenario, outcome, unit, *(effects[n].sel(at).item() for n in names), *of_futures])
    head = ("scenario", "outcome", "unit", "effect", "effect_low", "effect_high", "pairs_used", "runs_needed")
    write_csv(path, (*head, "futures_raises", "futures_lowers", "flips"), iter(rows))


def _figures(found: dict[str, xr.Dataset], folder: Path) -> None:
    """Draw and save what the answer shows."""
    futures = found["futures"].sel(outcome="cn2035_sensitive_excluding_CHN")
    plots.save(plots.futures(futures), folder / "futures_sensitive.png")
    plots.save(acting_figure(found), folder / "acting.png")
