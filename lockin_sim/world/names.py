"""Names in print of the labels in tables: groups, economies, domains, bodies, families, vendors."""

from __future__ import annotations

from functools import cache

from lockin_sim.common.formats import listed, opening, spoken
from lockin_sim.world.schema import read_table

#: Table and column that hold the written form of the labels of an axis.
TITLES = {
    "country": ("countries", "name"),
    "group": ("countries", "name"),
    "domain": ("domains", "label"),
    "sponsor": ("sponsors", "label"),
    "vendor": ("vendors", "label"),
    "lender": ("lenders", "label"),
    "body": ("bodies", "label"),
    "standard": ("standards", "label"),
}


#: Bundled tables, each read once.
_table = cache(read_table)


@cache
def read_label_column(table: str, column: str) -> dict[str, object]:
    """Read a column of a bundled table as a dictionary from label to cell."""
    read = _table(table)
    return dict(zip(read.labels, read[column].tolist(), strict=True))


def format_label(axis: str, label: object) -> str:
    """Format a label of an axis for running text: 'mobile networks', 'Kenya', 'outside China'.

    A label that no bundled table has is returned in its spoken form.
    """
    if axis == "group" and label not in read_label_column("countries", "name"):  # one country is a group too
        return format_group(str(label))
    table = TITLES.get(axis)
    name = str(read_label_column(*table).get(str(label), spoken(label))) if table else spoken(label)
    within = name[1:2].islower() or name[1:2] == "-"  # 'Mobile networks', 'E-commerce'; not 'GSM'
    common = axis in ("domain", "standard") and within and not name.startswith("Chinese")
    return name[:1].lower() + name[1:] if common else name


def format_lever_target(target: str) -> str:
    """Format the target of a lever in words: 'vendors of the European Union in mobile networks', 'Africa'."""
    who, _, domain = target.partition("/")
    kind, _, code = who.partition(":")
    if kind == "sponsor":
        named = f"{get_sponsor_adjective(code)} vendors"
    else:
        homes = [axis for axis, (table, column) in TITLES.items() if who in read_label_column(table, column)]
        named = format_label(homes[-1], who) if homes else format_group(who)
    return f"{named} in {format_label('domain', domain)}" if domain else named


def format_lever_targets(targets: list[str]) -> str:
    """Format several targets of levers as a list in words.

    Targets of the same vendors in several domains are merged, so that the vendors are named once.
    """
    whom: dict[str, list[str]] = {}
    for target in targets:
        who, _, domain = target.partition("/")
        whom.setdefault(who, []).extend([format_label("domain", domain)] if domain else [])
    return listed(
        [format_lever_target(who) + (f" in {listed(of)}" if of else "") for who, of in whom.items()]
    )


def format_vendors(name: str) -> str:
    """Format the vendors in a name of recorded shares: 'Huawei and ZTE', 'Chinese vendors'."""
    known = read_label_column("vendors", "label")
    parts = name.split("_")
    several = parts if all(part in known for part in parts) else [name]
    return listed([str(known.get(part, opening(spoken(part)))) for part in several])


def format_place(where: str) -> str:
    """Format the place of a recorded share: a list of countries, or the name of a group.

    where  codes joined by "_", as of 'Kenya, Uganda and Tanzania', or a group
    """
    known = read_label_column("countries", "name")
    codes = where.split("_")
    return listed([str(known[c]) for c in codes]) if all(c in known for c in codes) else format_group(where)


def format_group(group: str) -> str:
    """Format a group for running text as in the table of groups: 'outside China', 'low-income economies'.

    Groups that the bundled table lacks, as in a user's own world, are returned in their spoken form.
    """
    return (
        "the world"
        if group == "world"
        else str(read_label_column("groups", "title").get(group, spoken(group)))
    )


def get_sponsor_adjective(sponsor: str) -> str:
    """Return the adjective of a sponsor: 'Chinese', 'US' ...; its code if the sponsor is unknown."""
    return str(read_label_column("sponsors", "adjective").get(sponsor, sponsor))
