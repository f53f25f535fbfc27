"""How groups of countries and markets, and the vendors of sponsors, are called in print."""

from __future__ import annotations

from lockin_sim.wording import spoken

#: Groups whose name says too little; others, such as Africa, are called as they are named.
GROUPS = {
    "world": "the world",
    "excluding_CHN": "outside China",
    "CHN": "China",
    "EU": "EU members",
    "BRI": "Belt and Road members",
    "ASEAN5": "ASEAN-5",
    "income:low": "low-income economies",
    "income:lower_middle": "lower-middle-income economies",
    "income:upper_middle": "upper-middle-income economies",
    "income:high": "high-income economies",
    "greenfield": "markets greenfield in 2010",
    "built_2010": "markets built by 2010",
}

#: What the vendors of each sponsor are.
ADJECTIVES = {
    "CHN": "Chinese",
    "USA": "US",
    "EU": "EU",
    "JPN": "Japanese",
    "KOR": "Korean",
    "RUS": "Russian",
    "IND": "Indian",
}


def group_name(group: str) -> str:
    """A group in running text: 'outside China', 'low-income economies', 'Africa'."""
    return GROUPS.get(group, spoken(group))


def adjective(sponsor: str) -> str:
    """What a sponsor's vendors are: 'Chinese', 'US' ...; the code itself of a sponsor that is not known."""
    return ADJECTIVES.get(sponsor, sponsor)
