"""Pages of all economies in one folder, and the index page whose map and list link to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.prose import render_page, render_sentence
from lockin_sim.common.replaced import compute_replaced_digest
from lockin_sim.comparisons.trial import list_scenarios
from lockin_sim.pages.country_page import (
    CountryFacts,
    build_country_command,
    build_number_cell,
    render_country_page,
)
from lockin_sim.pages.figures import WIDTH, map_dot, map_outline
from lockin_sim.pages.record_parts import limits
from lockin_sim.runs.provenance import compute_digest, compute_world_digest, package_digest
from lockin_sim.runs.results import manifest_of, new_folder, write_manifest
from lockin_sim.settings.ensemble import open_posterior
from lockin_sim.settings.scenario import load_scenario
from lockin_sim.studies.country import CAUSES, CountryPage
from lockin_sim.world import resolve_world
from lockin_sim.world.names import read_label_column
from lockin_sim.world.recorded import NOT_RECORDED, PARTLY, RECORDED

#: Name of the page that leads to the others, and attributes that are of one economy.
INDEX, OF_ONE = "index.html", ("country", "operators", "operators_recorded", "why_not_tossed")

#: Options that change nothing of a page.
IDLE = ("workers", "progress")

#: First row of pixels of the map, which has all land above Antarctica, and its height.
TOP, HIGH = -24, 456

#: Lower ends of the classes of points of 100 that are left, on the map.
STEPS = (0, 20, 40, 60)


class IndexEntry(NamedTuple):
    """Entry of an economy on the index page.

    part    share of the vendor at the end of the record, in words
    record  what is on record, in words
    left    remaining effect of random assignment ``after`` some years, points of 100; None without a trial
    """

    code: str
    title: str
    part: str
    record: str
    left: float | None
    after: int

    @classmethod
    def of(cls, c: CountryFacts) -> IndexEntry:
        """Build the entry of one economy."""
        part = build_number_cell(c, c.part(c.code, c.present))
        ends = f" ({part.small})" if part.small else ""
        after = 0 if c.trial is None else c.trial.ten
        left = None if c.trial is None else c.trial.left(c.code, CAUSES[0], after)
        size = left.size if left is not None and left.known else None
        return cls(c.code, c.title, part.text + ends, c.record(c.code), size, after)

    @property
    def names(self) -> str:
        """Names of the economy for the search field, separated by semicolons."""
        others = read_label_column("country_names", "iso3").items()
        return "; ".join([self.title, self.code, *(name for name, code in others if code == self.code)])

    @property
    def on_record(self) -> str:
        """Coverage of the operators by the record: "all", "some" or "none"."""
        words = {NOT_RECORDED: "none", PARTLY: "some", RECORDED: "all"}
        return next((short for word, short in words.items() if self.record.startswith(word)), "none")

    @property
    def locked(self) -> str:
        """CSS class of the remaining effect on the map; "untried" without a trial."""
        if self.left is None:
            return "untried"
        return f"left-{max(int(np.searchsorted(STEPS, self.left, side='right')), 1)}"

    @property
    def outline(self) -> str:
        """Outline of the economy on the map, as the path of an SVG; "" if there is none."""
        return map_outline(self.code)

    @property
    def dot(self) -> tuple[float, float] | None:
        """Position on the map, in pixels, of an economy too small to be visible; else None."""
        return map_dot(self.code)


# --- the folder ---


def compute_pages_digest(**options: Any) -> str:
    """Compute a digest of everything that determines the pages, twelve hex digits.

    Covers every file of the package, and the options of :func:`lockin_sim.studies.country.compute_countries`.
    Raises InputError for a policy or draws that cannot be loaded.
    """
    settings = {name: value for name, value in options.items() if name not in IDLE}
    settings["world"] = compute_world_digest(resolve_world(options.get("world")))
    if (policies := options.get("policies")) is not None:
        settings["policies"] = [load_scenario(policy).hash for policy in list_scenarios(policies)]
    if isinstance(source := options.get("posterior"), Path):
        settings["posterior"] = open_posterior(source).to_dict()
    if other := compute_replaced_digest():
        settings["replaced"] = other
    return compute_digest([package_digest(), dict(sorted(settings.items()))])


def is_written(folder: Path, state: str) -> bool:
    """Whether a folder holds all pages of a state, as :func:`compute_pages_digest` returns it."""
    manifest = manifest_of(folder) or {}
    names: list[str] = manifest.get("files") or []
    return manifest.get("state") == state and INDEX in names and all((folder / n).is_file() for n in names)


def write_country_pages(pages: Iterator[CountryPage], out: str | Path, state: str) -> Path:
    """Write the page of each economy and the index page into a folder; returns the index page.

    state  as :func:`compute_pages_digest` returns it
    Raises InputError for a folder that cannot be written to.
    """
    place, entries = Path(out), list[IndexEntry]()
    with new_folder(place) as folder:
        for each in pages:
            c = CountryFacts(each)
            (folder / f"{c.code}.html").write_text(render_country_page(each, INDEX), encoding="utf-8")
            entries.append(IndexEntry.of(c))
        (folder / INDEX).write_text(render_index_page(c, entries), encoding="utf-8")
        about = {name: value for name, value in c.about.items() if name not in OF_ONE}
        write_manifest(folder, {**about, "state": state})
    return place / INDEX


def render_index_page(c: CountryFacts, entries: Sequence[IndexEntry]) -> str:
    """Render the index page that links to the pages of economies.

    c  any of the economies, for the shared facts
    """
    known = sum(one.on_record != "none" for one in entries)
    after = max((one.after for one in entries), default=0)
    return render_page(
        "countries",
        c=c,
        about=c.about,
        entries=sorted(entries, key=lambda one: one.title),
        steps=STEPS,
        after=after,
        box=f"0 {TOP} {WIDTH} {HIGH}",
        title=render_sentence("country.all", c=c),
        answer=[render_sentence("country.all_answer", c=c, known=known, of=len(entries), after=after)],
        limits=limits(),
        command=build_country_command(c, every=True),
    )
