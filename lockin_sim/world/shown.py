"""A world at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockin_sim import notebook
from lockin_sim.conventions import NEVER
from lockin_sim.wording import listed, spoken

if TYPE_CHECKING:
    from lockin_sim.world.model import World


def as_html(world: World) -> str:
    """What a world holds, for notebooks: its size, and who buys from whom in each domain."""
    facts = f", facts from {world.first_year} to {world.facts_until}" if world.facts_until < NEVER else ""
    text = f"World {world.name!r}: {len(world.countries)} countries{facts}."
    rows = []
    for domain, who, slots in zip(world.domains, world.buyer, world.slot_vendor, strict=True):
        names = [world.vendors[v] for v in slots if v >= 0]
        rows.append([spoken(domain), who, str(len(names)), ", ".join(names)])
    beside = {
        "Sponsors": world.sponsors,
        "Standard families": world.standards,
        "Bodies": world.body_names,
        "Groups of markets": tuple(world.groups),
    }
    lines = [notebook.sentence(f"{title}: {listed(names)}.") for title, names in beside.items() if names]
    table = notebook.table(["domain", "who buys", "vendors", "who they are"], rows, words=(1, 3))
    return "\n".join([notebook.sentence(text), table, *lines])
