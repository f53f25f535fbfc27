"""Television, 1996 to 2023: four patterns of the record in runs, and a forecast beside climatology.

``python -m experiments.television.study`` prints the tables of the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import softmax

import lockin_sim as ls
from experiments.estimates.regulators import FAMILIES, MAKERS, decisions, design
from lockin_sim.world.schema import read_table

HERE = Path(__file__).parent
WORLD = HERE / "world"

#: Scenarios of the case: history, and it without the treaty, without Chinese loans, and without either.
SCENARIOS: Mapping[str, ls.Scenario] = {
    "as it was": ls.load_scenario(HERE / "treaty.toml"),
    "no treaty": ls.load_scenario("baseline"),
    "no loans": ls.load_scenario(HERE / "no_chinese_finance.toml"),
    "neither": ls.load_scenario("baseline").with_lever("export_finance", "CHN", from_=1997, envelope=0.0),
}
#: Families as the record lists them, by their names in the tables.
NAMES = [name.lower() for name in FAMILIES]

#: The yearly rate at which states decided, see ``experiments.estimates``.
RATE = 0.055

RUNS, SEED = 100, 1

#: The last year that a forecast knows, and what it counts beside the shares of a region, so that no family is
#: impossible.
KNOWN, MORE = 2009, 0.25


class Adopted(NamedTuple):
    """Part of an economy's equipment that supports each family, and whose it is: means over runs, last year.

    family  (economy, family), labelled
    maker   (economy, vendor), labelled
    """

    family: pd.DataFrame
    maker: pd.DataFrame


def simulated_decisions(
    scenario: ls.Scenario, world: ls.World, *, rate: float = 0.0, runs: int = RUNS, seed: int = SEED
) -> Adopted:
    """Families and makers by economy.

    Equipment supports what is demanded or prescribed where it stands, else what its makers build, each family
    in proportion.
    rate  yearly hazard with which states prescribe a family by themselves
    """
    wanted = ["installed", "compliance", "prescribed"]
    ds = ls.simulate(
        scenario, world=world, parameters={"regulation_rate": rate}, runs=runs, seed=seed, record=wanted
    )
    last = ds.isel(year=-1, domain=0)
    equipment = last["installed"] / last["installed"].sum("vendor")
    built = last["compliance"] / last["compliance"].sum("standard")
    places = xr.DataArray(np.arange(len(world.standards)), coords={"standard": ds["standard"]})
    prescribed = last["prescribed"] == places
    spoken = xr.where(prescribed.any("standard"), prescribed, (equipment * built).sum("vendor"))
    by_maker = spoken.mean("run").transpose("country", "standard").to_pandas()
    years = int(ds["year"][0]), int(ds["year"][-1])
    demanded = pd.DataFrame(scenario.conditions(world, years).demanded[-1], by_maker.index, by_maker.columns)
    family = by_maker.where(~demanded.any(axis=1), demanded.astype(float))
    return Adopted(family[NAMES], equipment.mean("run").transpose("country", "vendor").to_pandas())


def members(world: ls.World, group: str) -> list[str]:
    """Economies of a group, without makers and China, of which nothing is known."""
    inside = world.groups[group].any(axis=0)
    return [
        c for c, there in zip(world.countries, inside, strict=True) if there and c not in (*MAKERS, "CHN")
    ]


def patterns(world: ls.World, found: Mapping[str, Adopted]) -> pd.DataFrame:
    """What the four patterns are read from, per cent: plain means over economies of a group."""
    inside, outside, narrow = (members(world, name) for name in ("GE06", "open", "narrow"))
    africa = [c for c in inside if c in members(world, "Africa")]
    rows = {}
    for name, one in found.items():
        rows[name] = {
            "DVB in the plan": one.family.loc[inside, "dvb"].mean(),
            "DVB outside": one.family.loc[outside, "dvb"].mean(),
            "DTMB in the plan": one.family.loc[inside, "dtmb"].mean(),
            "DTMB outside": one.family.loc[outside, "dtmb"].mean(),
            "Chinese makers, Africa in the plan": one.maker.loc[africa, "chinese_makers"].mean(),
            "DTMB, Africa in the plan": one.family.loc[africa, "dtmb"].mean(),
            "ATSC at 6 MHz": one.family.loc[narrow, "atsc"].mean(),
            "ISDB at 6 MHz": one.family.loc[narrow, "isdb"].mean(),
        }
    return 100 * pd.DataFrame(rows)


def recorded(world: ls.World) -> pd.Series:
    """The same on record, of the economies that have decided; it does not say whose equipment is where."""
    given = decisions().set_index("iso3")["family"]
    took = pd.DataFrame(np.eye(len(NAMES))[given], given.index, NAMES).reindex(world.countries)
    return patterns(world, {"": Adopted(took, took.assign(chinese_makers=np.nan))})[""]


def scores(world: ls.World, one: Adopted) -> pd.DataFrame:
    """Brier scores over four families of forecasts of the decisions after 2009, 0 the best and 2 the worst.

    Rows: the runs, the logit fitted until then, shares of the region until then; with the difference from
    the last and its standard error, clustered by subregion.
    """
    every, countries = decisions(), read_table("countries")
    given = every[~every["iso3"].isin(MAKERS)].reset_index(drop=True)
    region, subregion = (
        given["iso3"].map(dict(zip(countries["iso3"], countries[name], strict=True)))
        for name in ("region", "subregion")
    )
    took = np.eye(len(NAMES))[given["family"]]
    past, asked = (given["year"] <= KNOWN).to_numpy(), (given["year"] > KNOWN).to_numpy()
    asked = asked & given["iso3"].isin(world.countries).to_numpy()
    counts = pd.DataFrame(took[past], columns=NAMES).groupby(region[past].to_numpy()).sum() + MORE
    climatology = counts.div(counts.sum(axis=1), axis=0).reindex(region[asked]).to_numpy()
    record = design()
    fit, places = record.fit(past)
    worth = record.x[..., list(places)] @ fit.values
    logit = softmax(np.where(record.open_to, worth, -np.inf), axis=1)[asked]
    forecasts = {
        "runs": one.family.loc[given["iso3"][asked]].to_numpy(),
        "logit": logit,
        "regions": climatology,
    }
    loss = {name: ((chance - took[asked]) ** 2).sum(axis=1) for name, chance in forecasts.items()}
    rows = {}
    for name, each in loss.items():
        less = pd.Series(each - loss["regions"])
        error = (less - less.mean()).groupby(subregion[asked].to_numpy()).sum().pow(2).sum() ** 0.5 / len(
            less
        )
        rows[name] = {
            "score": each.mean(),
            "less regions": less.mean(),
            "error": error,
            "decisions": len(each),
        }
    return pd.DataFrame(rows).T


def main() -> None:
    """Print what the page shows."""
    world = ls.load_world(WORLD)
    found = {name: simulated_decisions(scenario, world) for name, scenario in SCENARIOS.items()}
    for name, without in {"states choose": "no treaty", "and no loans": "neither"}.items():
        found[name] = simulated_decisions(SCENARIOS[without], world, rate=RATE)
    print(patterns(world, found).assign(recorded=recorded(world)).round(1).to_string())
    for name in ("as it was", "states choose"):
        print(name, scores(world, found[name]).round(3).to_string(), sep="\n")


if __name__ == "__main__":
    main()
