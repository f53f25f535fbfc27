"""How groups of countries and markets, and the vendors of sponsors, are called in print."""

from __future__ import annotations

from functools import cache

from lockin_sim.wording import spoken
from lockin_sim.world.tables import read_table


def group_name(group: str) -> str:
    """A group in running text, as the table of groups has it: 'outside China', 'low-income economies'.

    Groups of a world of somebody's own are called as they are named.
    """
    return "the world" if group == "world" else _titles().get(group, spoken(group))


@cache
def _titles() -> dict[str, str]:
    """Titles of the bundled groups."""
    table = read_table("groups")
    return dict(zip(table.labels, table["title"].tolist(), strict=True))


def adjective(sponsor: str) -> str:
    """What a sponsor's vendors are: 'Chinese', 'US' ...; the code itself of a sponsor that is not known."""
    return adjectives().get(sponsor, sponsor)


@cache
def adjectives() -> dict[str, str]:
    """What the vendors of each sponsor of the bundled table are."""
    table = read_table("sponsors")
    return dict(zip(table.labels, table["adjective"].tolist(), strict=True))
