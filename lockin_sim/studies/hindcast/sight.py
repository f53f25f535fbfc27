"""What is believable at sight: results that anybody would see to be wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.docstrings import meaning_of
from lockin_sim.studies.hindcast.kept import CHINA
from lockin_sim.studies.hindcast.rows import Check
from lockin_sim.studies.hindcast.sample import Sample

PAYMENTS, SHOPS, PHONES = "digital_payments", "e_commerce", "smartphone"
NAVIGATION, RULES = "satellite_navigation", "data_governance"


def own_rules(sample: Sample, year: int) -> tuple[float, bool]:
    """Least adoption of a sponsor's rules in its own states."""
    least = min(float(values[own].min(initial=1.0)) for _, values, own in _rules(sample, year))
    return least, least == 1


def rules_of_others(sample: Sample, year: int) -> tuple[float, bool]:
    """Most adoption of another sponsor's rules where a sponsor has its own."""
    rules = list(_rules(sample, year))
    home = np.any([own for _, _, own in rules], axis=0)
    families = [(values, home & ~own) for _, values, own in rules]
    most = max(float(values[others].max(initial=0.0)) for values, others in families)
    return most, most < 0.05


def upi_in_germany(sample: Sample, year: int) -> tuple[float, bool]:
    """UPI's share of payments in Germany."""
    share = float(sample.countries["installed"].sel(domain=PAYMENTS, year=year, country="DEU", vendor="upi"))
    return share, not share >= 0.01


def mpesa_in_kenya(sample: Sample, year: int) -> tuple[float, bool]:
    """Lead of M-Pesa over any other single provider in Kenya."""
    shares = sample.countries["installed"].sel(domain=PAYMENTS, year=year, country="KEN")
    lead = float(shares.sel(vendor="mpesa") - shares.drop_sel(vendor=["mpesa", "local"]).max())
    return lead, lead > 0


def phones_of_one_maker(sample: Sample, year: int) -> tuple[float, bool]:
    """Largest mean share of the largest maker of phones, over economies and years."""
    share = sample.by_run["top_share"].sel(domain=PHONES, year=slice(2011, year)).mean("run")
    return float(share.max()), bool(share.max() < 0.9)


def mercado_libre_abroad(sample: Sample, year: int) -> tuple[float, bool]:
    """Economies that Mercado Libre leads and does not serve, mean number."""
    world = sample.world
    d, v = world.domains.index(SHOPS), world.vendors.index("mercadolibre")
    served = world.conditions.served[-1, d, :, int(np.flatnonzero(world.slot_vendor[d] == v)[0])]
    top = sample.by_run["top"].sel(domain=SHOPS, year=year).values
    number = float((top[:, ~served] == v).sum(axis=1).mean())
    return number, number == 0


def beidou_in_china(sample: Sample, year: int) -> tuple[float, bool]:
    """Adoption of BeiDou in China."""
    share = _navigation(sample, year, "beidou")
    return share, share > 0.9


def gps_in_china(sample: Sample, year: int) -> tuple[float, bool]:
    """Adoption of GPS in China, beside BeiDou."""
    share = _navigation(sample, year, "gps")
    return share, share > 0.5


def alibaba_in_brazil(sample: Sample, year: int) -> tuple[float, bool]:
    """Alibaba's share of shops in Brazil in 2011, under either name."""
    here = {"domain": SHOPS, "country": "BRA", "vendor": ["alibaba", "aliexpress"], "year": min(2011, year)}
    share = float(sample.countries["installed"].sel(here).sum())
    return share, share < 0.1


#: Every check; the first line of its docstring says of what.
CHECKS: tuple[Callable[[Sample, int], tuple[float, bool]], ...] = (
    own_rules,
    rules_of_others,
    upi_in_germany,
    mpesa_in_kenya,
    phones_of_one_maker,
    mercado_libre_abroad,
    beidou_in_china,
    gps_in_china,
    alibaba_in_brazil,
)


def at_sight(sample: Sample) -> list[Check]:
    """All checks, at the last year simulated."""
    found = []
    for check in CHECKS:
        number, holds = check(sample, sample.last_year)
        what = meaning_of(check).partition("\n")[0].rstrip(".")
        found.append(Check(check.__name__, what, number, holds))
    return found


def _rules(sample: Sample, year: int) -> list[tuple[str, Floats, Bools]]:
    """Families of rules: the name, adoption by country, and which countries are the sponsor's own."""
    world, d = sample.world, sample.world.domains.index(RULES)
    adoption = sample.countries["adoption"].sel(domain=RULES, year=year)
    home: Bools = np.pad(world.home, ((0, 0), (0, 1)))
    slots = np.flatnonzero(world.slot_vendor[d] >= 0)
    names = [world.vendors[world.slot_vendor[d, slot]] for slot in slots]
    return [
        (name, adoption.sel(vendor=name).values, home[:, world.slot_sponsor[d, slot]])
        for name, slot in zip(names, slots, strict=True)
    ]


def _navigation(sample: Sample, year: int, system: str) -> float:
    """What part of an economy's users has a satellite system."""
    return float(sample.countries["adoption"].sel(domain=NAVIGATION, country=CHINA, year=year, vendor=system))
