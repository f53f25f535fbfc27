"""After the record: how far shares drift, and what is believable at sight."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lockin_sim.studies.hindcast.rows import Check, Drift
from lockin_sim.studies.hindcast.sample import Sample
from lockin_sim.world.tables import read_table

#: Years that an offer's quality has to settle in after its last recorded one.
SETTLES = 3

PAYMENTS, SHOPS, PHONES, RULES = "digital_payments", "e_commerce", "smartphone", "data_governance"


def last_recorded() -> dict[tuple[str, str], int]:
    """Last year with a recorded quality of each offer, by domain and vendor."""
    table = read_table("quality")
    last: dict[tuple[str, str], int] = {}
    for domain, vendor, year, kind in zip(*(table[c] for c in ("domain", "vendor", "year", "kind")), strict=True):
        if kind == "record":
            last[domain, vendor] = max(last.get((domain, vendor), 0), int(year))
    return last


def drifts(sample: Sample, until: int = 2050) -> list[Drift]:
    """Movement of each vendor's share of the world's base from when its quality has settled."""
    if until > sample.last_year:
        return []
    base = sample.means["base"].sel(group="world")
    rows = []
    for (domain, vendor), year in last_recorded().items():
        if sample.world.buyer[sample.world.domains.index(domain)] == "adopters":
            continue
        path = base.sel(domain=domain, vendor=vendor)
        start, end = (float(path.sel(year=y)) for y in (year + SETTLES, until))
        if np.isfinite(start) and np.isfinite(end):
            rows.append(Drift(domain, vendor, year + SETTLES, start, end))
    return rows


def largest(rows: list[Drift]) -> dict[str, float]:
    """The largest movement in each domain, in points."""
    found: dict[str, float] = {}
    for row in rows:
        name = f"drift_{row.domain}"
        found[name] = max(found.get(name, 0.0), 100 * abs(row.change))
    return found


def at_sight(sample: Sample) -> list[Check]:
    """Checks of results that anybody would see to be wrong."""
    return [Check(what, number, holds) for what, number, holds in _checks(sample)]


def _checks(sample: Sample) -> Iterator[tuple[str, float, bool]]:
    year = min(2050, sample.last_year)
    installed, adoption = sample.means["installed"], sample.means["adoption"]
    payments = installed.sel(domain=PAYMENTS, year=year)
    foreign = _foreign_rules(sample, year)
    yield "most of a sponsor's own state under another sponsor's rules", foreign, foreign < 0.5
    upi = float(payments.sel(country="DEU", vendor="upi").fillna(0))
    yield "UPI in Germany", upi, upi < 0.01
    mpesa = payments.sel(country="KEN").fillna(0)
    lead = float(mpesa.sel(vendor="mpesa") - mpesa.drop_sel(vendor=["mpesa", "local"]).max())
    yield "lead of M-Pesa in Kenya", lead, lead > 0
    phones = sample.by_run["top_share"].sel(domain=PHONES, year=slice(2011, None))
    most = float(phones.mean("run").max())
    yield "largest share of one maker of phones in an economy", most, most < 0.9
    abroad = _leads_unserved(sample, SHOPS, "mercadolibre")
    yield "economies that Mercado Libre leads and does not serve", abroad, abroad == 0
    china = adoption.sel(domain="satellite_navigation", country="CHN", year=year)
    beidou, gps = float(china.sel(vendor="beidou")), float(china.sel(vendor="gps"))
    yield "BeiDou in China", beidou, beidou > 0.9
    yield "GPS in China beside BeiDou", gps, 0.5 < gps <= 1
    alibaba = installed.sel(domain=SHOPS, country="BRA", vendor=["alibaba", "aliexpress"], year=2011)
    share = float(alibaba.sum())
    yield "Alibaba in Brazil in 2011", share, share < 0.1


def _foreign_rules(sample: Sample, year: int) -> float:
    """The most that a sponsor's own state adopts of another sponsor's rules."""
    world = sample.world
    adoption = sample.means["adoption"].sel(domain=RULES, year=year)
    most = 0.0
    d = world.domains.index(RULES)
    for slot in np.flatnonzero(world.slot_vendor[d] >= 0):
        vendor, sponsor = world.vendors[world.slot_vendor[d, slot]], world.slot_sponsor[d, slot]
        others = world.home.any(axis=1) & ~np.pad(world.home, ((0, 0), (0, 1)))[:, sponsor]
        most = max(most, float(adoption.sel(vendor=vendor).values[others].max(initial=0.0)))
    return most


def _leads_unserved(sample: Sample, domain: str, vendor: str) -> float:
    """Mean number of economies outside a vendor's service area in which it leads, in the last year."""
    world = sample.world
    d, v = world.domains.index(domain), world.vendors.index(vendor)
    slot = int(np.flatnonzero(world.slot_vendor[d] == v)[0])
    served = world.conditions.served[-1, d, :, slot]
    top = sample.by_run["top"].sel(domain=domain).values[:, -1]
    return float((top[:, ~served] == v).sum(axis=1).mean())
