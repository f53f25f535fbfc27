"""Why a country chose whom: every offer of one tender, with its utility term by term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.agents import Country, LockInModel
from lockin_sim.agents.tender import Tender
from lockin_sim.conventions import STAGES
from lockin_sim.errors import unknown_name, whole_number
from lockin_sim.parameters import Parameters
from lockin_sim.rules import choice
from lockin_sim.scenario import Scenario
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Explanation:
    """One tender, explained.

    data      dataset over (vendor, term): ``terms`` in utility units, and over (vendor): ``utility`` (their
              sum, -inf for an offer that may not be taken), ``shock``, ``probability``, ``base``, ``price``,
              ``price_cut`` (share that its loans take off) and ``lender`` (who gives most of them)
    sentence  what happened, in words
    """

    data: xr.Dataset
    sentence: str

    def __str__(self) -> str:
        """The sentence and the table, best offer first."""
        columns, rows = self._table()
        width = max(12, *(len(vendor) for vendor, _ in rows))
        lines = [" " * width + "".join(f"{column:>12}" for column in columns)]
        lines += [f"{vendor:<{width}}" + "".join(f"{x:>12.3f}" for x in numbers) for vendor, numbers in rows]
        return "\n".join([self.sentence, "", *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """For notebooks."""
        columns, rows = self._table()
        head = "".join(f"<th>{escape(each)}</th>" for each in ["", *columns])
        body = "\n".join(
            f"<tr><th>{escape(vendor)}</th>" + "".join(f"<td>{x:.2f}</td>" for x in numbers) + "</tr>"
            for vendor, numbers in rows
        )
        return f"<p>{escape(self.sentence)}</p>\n<table>\n<tr>{head}</tr>\n{body}\n</table>"

    def _table(self) -> tuple[list[str], list[tuple[str, list[float]]]]:
        """Heads of the columns, and each vendor's numbers, best offer first."""
        d = self.data
        columns = [*d.term.values.tolist(), "utility", "shock", "probability", "base"]
        numbers = np.column_stack([d.terms.values, d.utility, d.shock, d.probability, d.base])
        best_first = np.argsort(-d.utility.values - d.attrs["noise_scale"] * d.shock.values)
        return columns, [(str(d.vendor.values[row]), numbers[row].tolist()) for row in best_first]


def explain(
    scenario: str | Path | Scenario = "baseline",
    *,
    country: str,
    domain: str,
    year: int,
    run: int = 0,
    seed: int = 0,
    world: World | None = None,
    parameters: Parameters | Mapping[str, float] | None = None,
) -> Explanation:
    """Every offer of a country's tender in one year, term by term.

    scenario, world, parameters, seed  as in :func:`lockin_sim.simulate`
    country  label such as "KEN"
    domain   label such as "mobile_network"
    year     year of the tender, after the first of the world
    run      number of the run
    Where that run draws no tender in that year, the offers are those of one lot as if it were tendered,
    and the sentence says so.  Raises InputError for an unknown name or a year outside the world.
    """
    stage = world_of(world)
    first = stage.first_year + 1
    year = whole_number("explain year", year, least=first, most=stage.last_year)
    model = LockInModel(
        scenario,
        world=stage,
        parameters=parameters,
        seed=seed,
        run=run,
        years=(stage.first_year, year),
        record=frozenset(),
    )
    for name, value, known in (("country", country, stage.countries), ("domain", domain, stage.domains)):
        if value not in known:
            called = stage.called if name == "country" else None
            raise unknown_name(f"explain {name}", found=value, known=known, called=called)
    while model.year < year - 1:
        model.step()
    model.begin_year()
    for step in STAGES[: STAGES.index("choice")]:
        getattr(model, step)()
    buyer, d = model.country(country), stage.domains.index(domain)
    drawn = [tender for tender in buyer.agenda if tender.domain == d]
    tender = drawn[0] if drawn else _as_if(buyer, d)
    buyer.look_around(model.bases())
    buyer.judge(tender)
    added = tender.added
    buyer.decide(tender)
    return Explanation(_dataset(buyer, tender), _sentence(buyer, tender, added, bool(drawn)))


def _as_if(buyer: Country, d: int) -> Tender:
    """The tender of one lot, had it been drawn."""
    base = buyer.installed[d].copy()
    return Tender(d, base, base * buyer.model.world.tranche[buyer.place, d], 0.0)


def _dataset(buyer: Country, tender: Tender) -> xr.Dataset:
    import xarray as xr

    model, d = buyer.model, tender.domain
    world = model.world
    used = world.slot_vendor[d] >= 0
    noise = model.parameters.noise_scale
    probability, _ = choice.logit(tender.offers, noise_scale=noise)
    sponsor = world.slot_sponsor[d]
    lender = np.array(world.sponsors)[buyer.given[sponsor].argmax(axis=-1)]
    cut = buyer.benefit[sponsor] * world.financeable[d]
    terms = np.stack([np.broadcast_to(t, used.shape) for t in tender.terms.values()], axis=-1)
    by_vendor = {
        "utility": (tender.offers, "utility"),
        "shock": (tender.shock, "standard Gumbel"),
        "probability": (probability, "1"),
        "base": (tender.base, "share of the country's capacity"),
        "price": (model.list_price[d], "1 (industry mean cost of 2010)"),
        "price_cut": (cut, "share of the price"),
        "lender": (np.where(cut > 0, lender, ""), ""),
    }
    return xr.Dataset(
        {"terms": (("vendor", "term"), terms[used], {"units": "utility"})}
        | {name: ("vendor", values[used], {"units": unit}) for name, (values, unit) in by_vendor.items()},
        coords={"vendor": [world.vendors[v] for v in world.slot_vendor[d][used]], "term": list(tender.terms)},
        attrs={"country": buyer.label, "domain": world.domains[d], "year": model.year, "noise_scale": noise},
    )


def _sentence(buyer: Country, tender: Tender, added: float, drawn: bool) -> str:
    """What was put up and how it ended."""
    model, d = buyer.model, tender.domain
    world = model.world
    what = f"{buyer.label} {model.year}, {world.domains[d]}"
    if not tender.winner.any():
        return f"{what}: no offer may be taken."
    winner = world.vendors[world.slot_vendor[d, tender.winner.argmax()]]
    replaced = f"{100 * tender.released.sum():.0f} % of its capacity for replacement"
    if not drawn:
        as_if = f"had one lot been tendered ({replaced}), {winner} would have won"
        return f"{what}: no tender in this run and year; {as_if}."
    new = f" and considered {100 * added:.0f} % of new capacity" if added else ""
    built = "" if not added else " and builds" if tender.added else " but leaves the new capacity unbuilt"
    return f"{what}: put up {replaced}{new}; takes the offer of {winner}{built}."
