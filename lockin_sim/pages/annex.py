"""Compose the sections of the annex: every table and figure, with text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from lockin_sim.common.prose import render_sentence
from lockin_sim.evidence.scores import read_bundled_scores, summarize_scores
from lockin_sim.pages import tables
from lockin_sim.pages.evidence import Evidence
from lockin_sim.pages.page_parts import PageTable, Rows, table
from lockin_sim.pages.record_parts import fit, record_table
from lockin_sim.settings.titles import get_scenario_label
from lockin_sim.studies.chain_answer import describe_chain as chain_answer
from lockin_sim.world import BUNDLED

if TYPE_CHECKING:
    from lockin_sim.pages.plots import Embedded

#: Beginning of reasons why a section is empty.
WORLD_HAS = "this comparison's world has"


def hashes(evidence: Evidence) -> PageTable:
    """Build the table of names and hashes of the scenarios."""
    data, names = evidence.effects, evidence.scenarios
    rows: Rows = [(evidence.title(n), [n, get_scenario_label(data, "scenario_hash", n)]) for n in names]
    return table("report.hashes", ("scenario", "name in files and code", "hash"), rows, words=True)


class Section(NamedTuple):
    """Section of results.

    figures  names of its figures
    study    its study, "" for the main one
    absent   reason for an empty section
    """

    title: str
    figures: tuple[str, ...] = ()
    study: str = ""
    absent: str = "add it with lockin compare"


#: Sections by key, in the order in which they are read.
SECTIONS = {
    "effects": Section("What each policy changes", absent="nothing to compare: only the baseline was run"),
    "trajectories": Section("Over the years", ("trajectories_headline",)),
    "cost": Section("What it costs, and whom", study="public_cost"),
    "groups": Section("What buyers gain or lose", ("groups_surplus",), "by_group"),
    "domains": Section("Technology by technology", ("domains",), "by_domain"),
    "chain": Section(
        "From first mover to standard",
        ("chain", "chain_alternatives"),
        "chain",
        "add it with lockin compare --chain",
    ),
    "bodies": Section("In standards bodies", ("body_status",), absent=f"{WORLD_HAS} no standards bodies"),
    "maps": Section("Whose vendors lead", ("leaders",), absent="run without maps"),
    "vendors": Section(
        "The world by market value", ("two_parts",), absent=f"{WORLD_HAS} none of these sponsors"
    ),
    "record": Section("How well the model fits the record", absent="the record is of the bundled world"),
}


#: Makes figures ready for a page, by name.
type Pictures = Callable[[Sequence[str]], dict[str, Embedded]]


def sections(evidence: Evidence, embedded: Pictures) -> list[dict[str, Any]]:
    """Compose all sections as the page shows them; empty ones give a reason."""
    parts: list[dict[str, Any]] = []
    for key, (title, figures, study, absent) in SECTIONS.items():
        part: dict[str, Any] = {"key": key, "title": title, "absent": absent}
        parts.append(part)
        if study and (evidence.study(study) is None or not (evidence.policies or key == "chain")):
            continue
        tables, pictures = _tables(evidence, key), _pictures(evidence, embedded(figures))
        if tables or pictures or study:
            text = _paragraphs(evidence, key)
            part |= {"text": text, "pictures": pictures, "tables": tables, "absent": ""}
    return parts


def _tables(e: Evidence, key: str) -> list[PageTable]:
    """Build the tables of a section."""
    match key:
        case "effects" if e.policies:
            return [tables.effects_table(e)]
        case "vendors" if e.policies and e.sponsors:
            return [tables.world_table(e)]
        case "domains":
            return [tables.technologies_table(e, e.studies["by_domain"])]
        case "cost":
            return [tables.cost_table(e, e.studies["public_cost"])]
        case "record" if e.effects.attrs.get("world") == BUNDLED:
            return [record_table()]
    return []


def _pictures(e: Evidence, drawings: Mapping[str, Embedded]) -> list[Embedded]:
    """Add a note on uncertainty to each figure."""
    return [
        drawing._replace(doubt=render_sentence("sections.uncertainty", e=e, figure=name))
        for name, drawing in drawings.items()
    ]


def _paragraphs(e: Evidence, key: str) -> list[str]:
    """Compose the paragraphs above the figures and tables of a section."""
    more = list[str]()
    if key == "chain":
        more = chain_answer(e.studies["chain"], year=e.years[0])
    elif key == "record":
        more = [*summarize_scores(read_bundled_scores()), fit()]
    text = render_sentence("sections.paragraphs", e=e, key=key).split(" --- ")
    return list(filter(None, (*text, *more)))
