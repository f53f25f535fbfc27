"""The page: the answer, the sections of results, and everything in one HTML file."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from lockin_sim import plots
from lockin_sim.evidence.scores import measured, sentences
from lockin_sim.policies import scenarios as built_in
from lockin_sim.prose import page as html
from lockin_sim.prose import say
from lockin_sim.report import tables
from lockin_sim.report.evidence import Evidence, felt
from lockin_sim.report.figures import attempted, economy_map, explorer
from lockin_sim.report.figures import figures as draw
from lockin_sim.report.futures import Futures, doubt, doubt_table, drawn, in_futures, signs_table, sure
from lockin_sim.report.goals import at_a_glance, choices, futures_said, goals, who_pays
from lockin_sim.report.parts import Bar, Picture, Rows, Section, Table, table
from lockin_sim.report.record import facts, fit, limits, parameters, record_table
from lockin_sim.scenario import load_scenario
from lockin_sim.studies.chain_answer import answer as chain_answer
from lockin_sim.studies.contrast import unconditioned
from lockin_sim.studies.rounds import ended
from lockin_sim.titles import FILE, label_of
from lockin_sim.wording import within
from lockin_sim.world import BUNDLED, load_world
from lockin_sim.world.case import bundled_case
from lockin_sim.world.names import name_of
from lockin_sim.world.schema import read_table

if TYPE_CHECKING:
    import xarray as xr

    from lockin_sim.plots import Figure

#: Prefix of the placeholder for an unknown file.
PLACEHOLDER = "FILE_OF_"

#: Beginning of reasons why a section is empty.
WORLD_HAS = "this comparison's world has"


def page(studies: Mapping[str, xr.Dataset], figures: Mapping[str, Figure] | None = None) -> str:
    """The report of a comparison as HTML; the same studies give the same text, byte for byte.

    studies  datasets by name as :func:`lockin_sim.open_results` returns them; ``effects`` alone, as
             :func:`lockin_sim.compare` returns it, is enough.  The page says what was not examined
    figures  those of :func:`lockin_sim.report.figures.figures` if they are drawn already
    Raises InputError where ``effects`` is missing or is not a comparison.
    """
    evidence = Evidence(studies)
    parts = sections(evidence, draw(evidence) if figures is None else figures)
    aims = [(goal, choices(evidence, goal)) for goal in goals(evidence)]
    return html(
        "report",
        evidence=evidence,
        about=evidence.effects.attrs,
        ended=ended(evidence.effects),
        title=title(evidence),
        subject=evidence.label(evidence.headline),
        answer=answer(evidence),
        glance=at_a_glance(evidence, aims) if aims else None,
        goals=aims,
        who_pays=partial(who_pays, evidence),
        futures_said=futures_said(evidence),
        chart=chart(evidence),
        europe=tables.europe(evidence),
        explorer=explorer(evidence),
        map=economy_map(evidence),
        sections=[part for part in parts if not part.absent and (part.pictures or part.tables)],
        absent=[part for part in parts if part.absent],
        scenarios=tables.scenarios_table(evidence),
        assumptions=[facts(), parameters(evidence.parameters)],
        limits=limits(),
        **_explained(evidence),
        facts_until=evidence.effects.attrs.get("facts_until", load_world().facts_until),
        hashes=hashes(evidence),
        command=command(evidence),
    )


def title(evidence: Evidence) -> str:
    """The question of the only policy, or one about all of them."""
    policies = evidence.policies or evidence.scenarios
    return evidence.question(policies[0]) if len(policies) == 1 else say("report.title", many=len(policies))


# --- the answer ---


def answer(evidence: Evidence) -> list[str]:
    """Where the world stands without any policy; what changes that and at what price; the doubt."""
    stands = say("report.stands", e=evidence, levels=evidence.levels(evidence.headlines))
    return [stands, _moves(evidence), sure(evidence)]


def short(evidence: Evidence) -> list[str]:
    """The largest effect and how sure it is, for the terminal."""
    moves = _moves(evidence, within(evidence.label(evidence.headline)))
    return [moves, sure(evidence)]


def _moves(evidence: Evidence, that: str = "that") -> str:
    """The policy with the largest effect, and who pays; ``that`` names the number."""
    policy = evidence.featured
    if policy is None:
        return say("report.moves", e=evidence, policy=None)
    buyers = ""
    if "surplus" in evidence.outcomes:
        price = evidence.price(evidence.finding(policy, "surplus"))
        buyers = say("report.fare", price=price, size=felt(price))
    effect, clear = evidence.paid(policy, evidence.headline), len(evidence.clear(evidence.headline))
    about = {"named": evidence.named(policy), "that": that, "buyers": buyers}
    return say("report.moves", e=evidence, policy=policy, effect=effect, clear=clear, **about)


def chart(evidence: Evidence) -> list[Bar]:
    """Bars of all policies' effects on the headline in the last year, the largest fall first."""
    effects = [(p, evidence.finding(p, evidence.headline)) for p in evidence.policies]
    effects = sorted((each for each in effects if each[1].known), key=lambda each: each[1].size)
    ends = [0.0, *(end for _, f in effects for end in (f.size, f.low, f.high) if abs(end) < float("inf"))]
    lowest, widest = min(ends), (max(ends) - min(ends)) or 1.0

    def place(value: float) -> float:
        """Position of a value, per cent of the chart's width; of zero if undefined."""
        return round(100 * ((value if abs(value) < float("inf") else 0.0) - lowest) / widest, 2)

    bars = []
    for policy, f in effects:
        start, end = sorted((place(0.0), place(f.size)))
        at = {"start": start, "end": end, "low": place(f.low), "high": place(f.high), "zero": place(0.0)}
        bars.append(Bar(evidence.marked(policy), f.signed, f.signed_ends, f.clear, **at))
    return bars


def _explained(evidence: Evidence) -> dict[str, str]:
    """Definitions of the family under study and of sensitive infrastructure, where the bundled tables have
    them."""
    family, standards, domains = bundled_case().family, read_table("standards"), read_table("domains")
    standard = ""
    if any(family in name for name in evidence.headlines):
        row = standards.labels.index(family)
        label, since = str(standards["label"][row]), int(standards["entry_year"][row])
        standard = say("report.standard", label=label, since=since)
    marked = zip(domains.labels, domains["sensitive"], strict=True)
    sensitive = [name_of("domain", domain) for domain, is_so in marked if is_so]
    bundled = str(evidence.effects.attrs["world"]) == BUNDLED
    return {"standard": standard, "sensitive": "; ".join(sensitive) if bundled else ""}


# --- how to reproduce it ---


def _typed(value: Any) -> str:
    """A value as it is typed after an option."""
    return ",".join(f"{k}:{v}" for k, v in value.items()) if isinstance(value, dict) else str(value)


def command(evidence: Evidence) -> str:
    """The command that repeats the comparison, with a comment for each scenario without a file."""
    chosen = evidence.outcomes if list(evidence.case.outcomes) == evidence.outcomes else []
    *files, base = (_file(evidence, name) for name in (*evidence.policies, evidence.baseline))
    world = str(evidence.effects.attrs["world"])
    futures = evidence.study("futures")
    parts = [
        "lockin compare",
        *map(shlex.quote, files or [base]),
        *(f"--outcomes {shlex.quote(name)}" for name in chosen),
        f"--runs {evidence.runs} --seed {evidence.effects.attrs['seed']}",
        *(f"--parameter {name}={_typed(value)}" for name, value in evidence.parameters.items()),
        f"--years {evidence.first}-{evidence.last}",
        "" if world == BUNDLED else f"--world {shlex.quote(world)}",
        "" if base == "baseline" else f"--baseline {shlex.quote(base)}",
        _drawn_from(evidence),
        _actor(evidence),
        "--chain" if evidence.study("chain") is not None else "",
        "--history prior" if unconditioned(evidence.effects) else "",
        "" if futures is None else f"--futures {futures.sizes['future']}",
        "--out results/compare",
    ]
    missing = [file for file in (*files, base) if file.startswith(PLACEHOLDER)]
    why = "this scenario has no file: write one from its settings under Assumptions"
    return "\n".join([" ".join(filter(None, parts)), *(f"# {file}: {why}" for file in missing)])


def _drawn_from(evidence: Evidence) -> str:
    """Option for the source of parameter draws; "" for the default."""
    source = evidence.effects.attrs.get("posterior", "")
    if not source:
        return "--declared" if evidence.effects.attrs["world"] == BUNDLED else ""
    return "" if source == "bundled" else f"--posterior {shlex.quote(source)}"


def _actor(evidence: Evidence) -> str:
    """Option for whose costs come first; "" for the default, or without a study of costs."""
    usual = bundled_case().actor if evidence.effects.attrs["world"] == BUNDLED else ""
    default = evidence.study("public_cost") is None or evidence.actor.name == usual
    return "" if default else f"--actor {shlex.quote(evidence.actor.name)}"


def _file(evidence: Evidence, name: str) -> str:
    """What to call a scenario on the command line: its file as given, or the name of a built-in one."""
    file = label_of(evidence.effects, FILE, name)
    identity = label_of(evidence.effects, "scenario_hash", name)
    if file or (name in built_in() and load_scenario(name).hash == identity):
        return file or name
    return f"{PLACEHOLDER}{re.sub(r'[^\w.-]+', '_', name)}.toml"


def hashes(evidence: Evidence) -> Table:
    """Names and hashes of the scenarios."""
    data, names = evidence.effects, evidence.scenarios
    rows: Rows = [(evidence.title(n), [n, label_of(data, "scenario_hash", n)]) for n in names]
    return table("report.hashes", ("scenario", "name in files and code", "hash"), rows, words=True)


# --- sections ---


class _Kind(NamedTuple):
    """A section of results.

    figures  prefixes of its figures' names
    study    its study, "" for the main one;  option  of ``lockin compare`` that adds the study
    absent   why it is empty where it is
    """

    title: str
    figures: tuple[str, ...] = ()
    study: str = ""
    option: str = ""
    absent: str = ""


#: Sections by key, in the order in which they are read.
SECTIONS = {
    "effects": _Kind(
        "What each policy changes, for whom", absent="nothing to compare: only the baseline was run"
    ),
    "trajectories": _Kind("Over the years", ("trajectories_headline",)),
    "maps": _Kind("Whose vendors lead", ("leaders",), absent="run without maps"),
    "domains": _Kind("Technology by technology", ("domains",), "by_domain"),
    "regions": _Kind(
        "Region by region", ("regions",), "by_group",
        absent=f"{WORLD_HAS} neither these regions nor these vendors",
    ),
    "chain": _Kind("From first mover to standard", ("chain",), "chain", "--chain"),
    "groups": _Kind("Who gains and who loses", ("groups",), "by_group"),
    "cost": _Kind("What it costs, and whom", (), "public_cost"),
    "bodies": _Kind("In standards bodies", ("body_status",), absent=f"{WORLD_HAS} no standards bodies"),
    "futures": _Kind("How sure that is: other futures", ("futures",), "futures", "--futures N"),
    "vendors": _Kind(
        "Annex: the world by market value",
        ("dependence", "two_parts"),
        absent=f"{WORLD_HAS} none of these sponsors",
    ),
    "record": _Kind("How well the model fits the record", absent="the record is of the bundled world"),
}  # fmt: skip


def sections(evidence: Evidence, figures: Mapping[str, Figure]) -> list[Section]:
    """All sections; empty ones say why."""
    parts = []
    for key, kind in SECTIONS.items():
        section = Section(key, kind.title)
        parts.append(section)
        if kind.study and (evidence.study(kind.study) is None or not (evidence.policies or key == "chain")):
            section.absent = " ".join(filter(None, ("add it with lockin compare", kind.option)))
            continue
        section.tables = _tables(evidence, key)
        section.pictures = _pictures(evidence, figures, kind.figures)
        if section.tables or section.pictures or kind.study:
            section.text = _paragraphs(evidence, key)
        else:
            section.absent = kind.absent
    return parts


def _tables(e: Evidence, key: str) -> list[Table]:
    """Tables of a section."""
    match key:
        case "effects" if e.policies:
            return [tables.effects_table(e)]
        case "vendors" if e.policies and e.sponsors:
            return [tables.world_table(e)]
        case "domains":
            return [tables.technologies_table(e, e.studies["by_domain"])]
        case "groups":
            return [tables.groups_table(e, e.studies["by_group"], str(e.featured))]
        case "cost":
            return [tables.cost_table(e, e.studies["public_cost"])]
        case "futures":
            return [doubt_table(Futures(e)), signs_table(Futures(e))]
        case "record" if e.effects.attrs.get("world") == BUNDLED:
            return [record_table()]
    return []


def _pictures(e: Evidence, figures: Mapping[str, Figure], starts: Sequence[str]) -> list[Picture]:
    """Figures whose names have one of these prefixes, with a note on their uncertainty."""
    meant = {n: start for start in starts for n in figures if n == start or n.startswith(f"{start}_")}
    drawings = attempted({name: partial(plots.embedded, figures[name]) for name in meant})
    over = drawn(e.studies["futures"]) if "futures" in starts else ""
    return [
        Picture(name, drawing, say("sections.uncertainty", e=e, figure=meant[name], drawn=over))
        for name, drawing in drawings.items()
    ]


def _paragraphs(e: Evidence, key: str) -> list[str]:
    """Paragraphs above the figures and tables of a section."""
    more = list[str]()
    if key == "chain":
        more = chain_answer(e.studies["chain"], year=e.years[0])
    elif key == "futures":
        more = [doubt(Futures(e)), in_futures(Futures(e))]
    elif key == "record":
        more = [*sentences(measured().scores), fit()]
    text = say("sections.paragraphs", e=e, key=key).split(" --- ")
    return list(filter(None, (*text, *more)))
