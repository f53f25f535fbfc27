"""Facts of the world as a whole: cables by supplier, laws on privacy, satellite navigation in phones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lockin_sim.analysis.validation.asked import CABLES, Question
from lockin_sim.analysis.validation.subjects import FITTED, GALILEO, LAWS, SUPPLIERS, Fact
from lockin_sim.studies.hindcast import recorded
from lockin_sim.studies.hindcast.others import GALILEO_2019
from lockin_sim.world import World


def worldwide(world: World) -> list[Fact]:
    """All of them; all may have been fitted to."""
    return [*_cables(world), *_laws(world), *_galileo()]


def _cables(world: World) -> Iterator[Fact]:
    """Shares of cables, landings and km by supplier in two spans of years, among those that the model has."""
    slots = world.slot_vendor[world.domains.index(CABLES)]
    suppliers = {world.vendors[v] for v in slots if v >= 0}
    for since, until in ((2011, 2015), (2016, 2020)):
        by_cable = recorded.cables(since, until)
        known: dict[str, Mapping[str, float]] = {
            "cables": {name: pair[0] for name, pair in by_cable.items()},
            "landings": recorded.landings(f"{since}-{until}"),
            "km": {name: pair[1] for name, pair in by_cable.items()},
        }
        for counted, shares in known.items():
            here = {name: share for name, share in shares.items() if name in suppliers}
            whole, among = sum(here.values()), tuple(here)
            for name, share in here.items():
                question = Question("cables", CABLES, counted, until, (name,), among, since)
                yield Fact(SUPPLIERS, question, share / whole, FITTED, f"{since} {counted}", "cable_years")


def _laws(world: World) -> Iterator[Fact]:
    """How many economies had a law on privacy, at the ends of years."""
    for year, counted in recorded.privacy_laws().items():
        if year >= world.first_year:
            question = Question("adopted", "data_governance", "world", year, ("eu_rules",))
            yield Fact(LAWS, question, counted, FITTED, str(year), "privacy_laws")


def _galileo() -> Iterator[Fact]:
    """The recorded share of phones that read Galileo."""
    question = Question("phones_reading", "satellite_navigation", "world", 2019, ("galileo",))
    yield Fact(GALILEO, question, GALILEO_2019, FITTED, "2019", "gnss_agency_press")
