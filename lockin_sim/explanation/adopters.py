"""Which systems and rules a country took up, each apart."""

from __future__ import annotations

import numpy as np

from lockin_sim.agents import Country
from lockin_sim.conventions import Floats
from lockin_sim.explanation.told import Explanation, opening_of, per_cent, told, vendor_of
from lockin_sim.model import decisions
from lockin_sim.rules import adoption, choice
from lockin_sim.wording import listed


def explain_adoption(country: Country, d: int) -> Explanation:
    """The systems or families of rules of a domain, and what became of each."""
    model, adopted = country.model, country.adopted
    world = model.world
    row = int(np.flatnonzero(model.bought_by["adopters"] == d)[0])
    terms = decisions.terms_at(adopted.terms, row, 0)
    before, after = adopted.before[row], adopted.adoption[row]
    utility = decisions.worth(terms, adopted.there[row])
    own = [vendor_of(country, d, int(v)) for v in np.flatnonzero(adopted.own[row])]
    if world.enacted[d]:
        chance = np.where(before > 0, 1.0, adoption.passing(utility, model.now.adoption_rate[d]))
        probability = (chance, "chance that the law is in force a year later")
    else:
        probability = (choice.logistic(utility), "chance that a new device reads it")
    return told(
        country,
        d,
        _sentence(country, d, before, after, own),
        terms,
        {
            "utility": (utility, "utility"),
            "probability": probability,
            "before": (before, "adoption, 0 to 1"),
            "after": (after, "adoption, 0 to 1"),
        },
        utility,
        own=own,
    )


def _sentence(country: Country, d: int, before: Floats, after: Floats, own: list[str]) -> str:
    """What is in force and passed, or how far each system is read."""
    world = country.model.world
    used = np.flatnonzero(world.slot_vendor[d] >= 0)
    start = opening_of(country, d)
    home = f" Its own, always: {listed(own)}." if own else ""
    if world.enacted[d]:
        had = [vendor_of(country, d, int(v)) for v in used if before[v] > 0]
        new = [vendor_of(country, d, int(v)) for v in used if after[v] > before[v]]
        stands = f"{listed(had)} are in force" if had else "no such rules are in force"
        passed = f"{listed(new)} are passed this year" if new else "none are passed this year"
        return f"{start}: {stands}; {passed}.{home}"
    order = used[np.argsort(-after[used], kind="stable")]
    read = [
        f"{vendor_of(country, d, int(v))} ({per_cent(before[v])} of them before, {per_cent(after[v])} after)"
        for v in order
        if after[v] >= 0.005 or before[v] >= 0.005
    ]
    return f"{start}: devices read {listed(read) if read else 'no system'}.{home}"
