"""What the parts share: whose vendors, where, under which mechanisms, and how much is computed."""

from __future__ import annotations

from typing import NamedTuple

SEED = 1

#: Sensitive infrastructure; the one that figures show.
DOMAINS = ("mobile_network", "submarine_cable", "cloud", "smart_city")
SHOWN = "mobile_network"

#: Markets abroad: none of them holds China, Hong Kong or Macao.
GROUPS = ("abroad", "greenfield", "built_2010", "Africa", "income:low", "EU")
EVERYWHERE = GROUPS[0]

#: Nobody's home among the sponsors that are compared.
NOBODYS_HOME = ("Africa", "income:low")

#: Mechanisms as figures name them.
CALLED = {
    "full": "as it is",
    "no_switching_cost": "no switching cost",
    "no_network": "no network effect",
    "no_lock_in": "neither",
    "no_generations": "generations free nobody",
}
WITH, WITHOUT = "full", "no_lock_in"

#: Part of what stood abroad that is given; end of the advantage; years of absence; year of the shock.
SHARE, UNTIL, DELAY, SHOCK = 0.6, 2018, 10, 2021

#: Years that tables show.
READ = (2010, 2012, 2015, 2017, 2019, 2020, 2025, 2030, 2035, 2040, 2045, 2050)

#: Years that tables show of a single domain.
OF_DOMAINS = (2019, 2020, 2035, 2050)


class Size(NamedTuple):
    """How much is computed."""

    runs: int
    years: tuple[int, int]
    mechanisms: tuple[str, ...]
    others: tuple[str, ...]  # sponsors beside China
    read: tuple[int, ...]


FULL = Size(32, (2010, 2050), tuple(CALLED), ("EU", "USA"), READ)
REDUCED = Size(2, (2010, 2036), (WITH, WITHOUT), ("EU",), (2020, 2035))
