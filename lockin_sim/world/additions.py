"""Add a vendor, group or economy to a world: rows added to its tables, which are read and checked again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from lockin_sim.common.errors import InputError, unknown_name, unusable
from lockin_sim.common.files import (
    MOST_BYTES,
    check_apart,
    check_path,
    guard_cell,
    is_link,
    number_of,
    read_text,
)
from lockin_sim.common.values import check_listed, is_number
from lockin_sim.world.schema import Added, Folder

if TYPE_CHECKING:
    from lockin_sim.world.model import World

#: Files of a folder of tables beside the tables.
_BESIDE = ("case.toml", "sources.bib")

#: What the table of offers says of an offer unless it is given.
_OFFER = {
    "initial_base_share": 0.0,
    "relative_cost": 1.0,
    "initial_volume": 0.0,
    "home_bonus": 1.0,
    "length_slope": 0.0,
    "adoption_rate": 0.0,
    "adoption_rate_growth": 0.0,
}

#: A text that a cell can hold as it is: one line without control characters or blanks at its ends.
_LINE = re.compile(r"(?!\s)[^\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]{0,300}(?<!\s)")


class Origin(NamedTuple):
    """Source of a world's tables.

    folder   None for the bundled tables;  added  rows added to the tables
    content  digest of the files
    """

    folder: Path | None
    added: Added
    content: str

    @property
    def files(self) -> Folder:
        """Folder of tables, with the rows added."""
        return Folder(self.folder, self.added)


def with_vendor(
    world: World,
    vendor: str,
    sponsor: str,
    home: str,
    label: str | None,
    kind: str,
    offers: Mapping[str, Mapping[str, float]],
) -> World:
    """Add a vendor and its offers to a world's tables; see :meth:`.World.with_vendor`."""
    label = vendor if label is None else label
    texts = {"vendor": vendor, "label": label, "home": home, "sponsor": sponsor, "kind": kind}
    _check_texts("with_vendor", texts)
    rows: dict[str, list[Mapping[str, object]]] = {"vendors": [], "offers": [], "quality": []}
    rows["vendors"].append(texts)
    known = ("entry", "quality", *_OFFER)
    if not isinstance(offers, Mapping) or not offers:
        raise unusable("with_vendor: offers", found=offers, allowed="what it offers, by domain")
    for domain, offer in offers.items():
        where = f"with_vendor: offers[{domain!r}]"
        if not isinstance(offer, Mapping) or "entry" not in offer:
            raise unusable(where, found=offer, allowed="entry, its first year, and what else is known of it")
        for name in offer:
            if name not in known:
                raise unknown_name(where, found=name, known=known)
            if not is_number(offer[name]):
                allowed = "a year" if name == "entry" else "a number"
                raise unusable(f"{where}: {name}", found=offer[name], allowed=allowed)
        said = {**_OFFER, **offer}
        entry, quality = said.pop("entry"), said.pop("quality", 0.0)
        at = {"vendor": vendor, "domain": domain}
        rows["offers"].append({**at, "entry_year": entry, **said})
        rows["quality"].append({**at, "year": entry, "quality": quality, "kind": "settled"})
    return with_rows(world, "with_vendor", f"{world.name}, with {vendor}", rows)


def with_group(
    world: World, group: str, economies: Sequence[str], title: str | None, excluding: Sequence[str]
) -> World:
    """Add a group of economies to a world's tables; see :meth:`.World.with_group`."""
    texts = {"group": group, "title": group if title is None else title}
    _check_texts("with_group", texts)
    get_origin(world, "with_group")  # of tables
    for name, codes in (("economies", economies), ("excluding", excluding)):
        check_listed(f"with_group: {name}", codes, allowed="codes of economies, as ['POL', 'CZE']")
    if not len(economies):
        raise unusable("with_group: economies", found=economies, allowed="at least one")
    members, outside = (
        [world.code_of(f"with_group: {name}", code, "country") for code in codes]
        for name, codes in (("economies", economies), ("excluding", excluding))
    )
    column = {"column": "iso3", "values": members, "excluding": outside}
    return with_rows(world, "with_group", f"{world.name}, with {group}", {"groups": [{**texts, **column}]})


def with_economy(
    world: World, code: str, name: str, like: str, size: float, facts: Mapping[str, object]
) -> World:
    """Add an economy, with rows copied from another economy; see :meth:`.World.with_economy`."""
    if not isinstance(code, str) or not re.fullmatch("[A-Z]{3}", code):
        raise unusable("with_economy: code", found=code, allowed="three capital letters")
    _check_texts("with_economy", {"name": name})
    like = world.code_of("with_economy: like", like, "country")
    if not is_number(size) or not 0 < size < 1e6:
        raise unusable("with_economy: size", found=size, allowed="a number above 0, times that of the other")
    files, rows = get_origin(world, "with_economy").files, dict[str, list[Mapping[str, object]]]()
    for table in files.needed:
        if any(rule.column == "iso3" and rule.key == "1" for rule in files.rules[table]):
            copied = [row for _, row in files.rows(table, files.columns(table)) if row["iso3"] == like]
            rows[table] = [{**row, "iso3": code} for row in copied]
    for column in facts:
        if column not in rows["countries"][0] or column == "iso3":
            raise unknown_name("with_economy", found=column, known=rows["countries"][0])
    rows["countries"] = [{**rows["countries"][0], "name": name, **facts}]
    rows["economy"] = [
        {**row, **{column: size * number_of(str(row[column])) for column in ("gdp", "population")}}
        for row in rows["economy"]
    ]
    return with_rows(world, "with_economy", f"{world.name}, with {code}", rows)


def to_folder(world: World, path: str | Path) -> Path:
    """Write a world's tables, with added rows, to a new folder; see :meth:`.World.to_folder`."""
    origin, allowed = get_origin(world, "to_folder"), "the path of a new folder, or an empty one"
    place, files = check_path("to_folder", path, allowed), origin.files
    if is_link(place) or (place.exists() and (not place.is_dir() or any(place.iterdir()))):
        raise unusable("to_folder", found=str(path), allowed=allowed)
    check_apart(place.absolute(), "to_folder", place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=place.parent) as staged:  # all of them or none
            (tables := Path(staged, "tables")).mkdir()
            for name in [*_BESIDE, *map(files.file, files.rules)]:
                if (files.path / name).exists():
                    (tables / name).parent.mkdir(exist_ok=True)
                    text = _append_rows(files, name, origin.added.get(name.removesuffix(".csv"), ()))
                    (tables / name).write_text(text, encoding="utf-8", newline="")
            tables.rename(place)
    except OSError as error:
        allowed = f"a folder that can be written ({error.strerror or error})"
        raise unusable("to_folder", found=str(path), allowed=allowed) from error
    return place


def _append_rows(files: Folder, name: str, added: Sequence[Mapping[str, str]]) -> str:
    """Return the text of a table with rows added at the end."""
    text = read_text(files.path / name, name, most=MOST_BYTES)
    if not added:
        return text
    header, out = next(csv.reader([text.partition("\n")[0]])), io.StringIO()
    for row in added:
        cells = [guard_cell(row.get(column.strip(), "")) for column in header]
        csv.writer(out, lineterminator="\n").writerow(cells)
    return text.rstrip("\n") + "\n" + out.getvalue()


def get_origin(world: World, what: str) -> Origin:
    """Return the source of a world's tables.

    Raises InputError for a world not read from tables, a world changed since, or edited tables.
    """
    origin: Origin | None = vars(world).get("origin")
    if origin is None:
        allowed = "a world as load_world() reads it; no toy world, and none that was changed otherwise"
        raise unusable(what, found=world, allowed=allowed)
    if origin.files.content() != origin.content:
        found = f"tables that were edited after the world was read from {origin.folder or 'the package'}"
        raise InputError(f"{what}: found {found}; allowed: a world as load_world() reads it now.")
    return origin


def with_rows(
    world: World, what: str, name: str, rows: Mapping[str, Sequence[Mapping[str, object]]]
) -> World:
    """Return the world with additional rows in some tables, read and checked again.

    what  method called, for messages;  name  of the new world
    Raises InputError naming the method, for rows that the tables do not allow.
    """
    from lockin_sim.world.load import build_world  # which makes worlds, that know of additions

    folder, before, _ = get_origin(world, what)
    added = {table: tuple(of) for table, of in before.items()}
    for table, more in rows.items():
        cells = tuple(
            {key: _format_cell(f"{what}: {key}", value) for key, value in row.items()} for row in more
        )
        added[table] = (*added.get(table, ()), *cells)
    try:
        return build_world(folder, added, name)
    except InputError as error:
        first, *_others = str(error).splitlines()  # others follow from it
        raise InputError(f"{what}: {first}") from error


def _check_texts(what: str, texts: Mapping[str, object]) -> None:
    """Raise InputError for a value that is no text; its table checks the content of the text."""
    for name, value in texts.items():
        if not isinstance(value, str):
            raise unusable(f"{what}: {name}", found=value, allowed="one line of text")


def _format_cell(where: str, value: object) -> str:
    """Format a value as a table cell: number, text, or list of labels joined by semicolons.

    Raises InputError for other values.
    """
    if isinstance(value, bool):
        return str(int(value))
    if is_number(value):
        return repr(value.item() if hasattr(value, "item") else value)
    if isinstance(value, list):
        if any(not isinstance(part, str) or ";" in part or not part for part in value):
            raise unusable(where, found=value, allowed="labels without semicolons")
        return _format_cell(where, ";".join(value))
    if not isinstance(value, str) or not _LINE.fullmatch(value):
        raise unusable(where, found=value, allowed="one line of text")
    return value
