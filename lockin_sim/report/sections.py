"""The parts of the page that show results, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from lockin_sim.evidence.scores import measured, sentences
from lockin_sim.plots import Figure, embedded
from lockin_sim.report import tables
from lockin_sim.report.doubt import doubt, doubt_table, drawn, in_futures
from lockin_sim.report.evidence import Evidence
from lockin_sim.report.figures import attempted
from lockin_sim.report.parts import Picture, Section
from lockin_sim.report.record import fit, record_table
from lockin_sim.report.words import count, counted, level, within
from lockin_sim.studies.breakdown import by_region
from lockin_sim.studies.chain.answer import answer
from lockin_sim.wording import listed, opening

#: How a study gets into a comparison.
MADE_BY = {
    "chain": "lockin compare --chain",
    "window": "lockin compare --window",
    "channels": "lockin compare --channels",
    "futures": "lockin compare --futures N",
    "packages": "lockin compare --packages",
}


class Desk:
    """What sections are made from: evidence, and the figures drawn of it."""

    def __init__(self, evidence: Evidence, figures: Mapping[str, Figure]) -> None:
        self.evidence, self.figures = evidence, figures

    def show(self, section: Section, start: str, uncertainty: str) -> None:
        """Add the figures whose names begin so, with what is to be said of how sure they are."""
        meant = [name for name in self.figures if name == start or name.startswith(f"{start}_")]
        drawn = attempted({name: partial(embedded, self.figures[name]) for name in meant})
        section.pictures += [Picture(name, picture, uncertainty) for name, picture in drawn.items()]

    def has(self, section: Section, study: str) -> bool:
        """Whether there is such a study; if not, the section says so and what makes it."""
        if self.evidence.study(study) is None or not self.evidence.policies:
            section.absent = _missing(study)
        return not section.absent


def _missing(study: str) -> str:
    """Which command makes a study that is not there."""
    return f"made by {MADE_BY.get(study, 'lockin compare')}"


def sections(desk: Desk) -> list[Section]:
    """All sections; those without results say what is missing."""
    made = []
    for (key, title), fill in ORDER.items():
        section = Section(key, title)
        fill(desk, section)
        made.append(section)
    return made


def _effects(desk: Desk, section: Section) -> None:
    """Effects of all policies."""
    evidence = desk.evidence
    if not evidence.policies:
        section.absent = "Only the baseline was run, so there is nothing to compare."
        return
    clear, label = len(evidence.distinct(evidence.headline)), within(evidence.label(evidence.headline))
    of = f"{opening(counted(clear))} of {count(len(evidence.policies), 'policy', 'policies')}"
    verb = "changes" if clear == 1 else "change"
    section.text.append(f"{of} {verb} {label} in {evidence.last} by more than chance could.")
    section.text.append(
        "Each policy meets the same luck as the baseline, run by run, so that differences are known far "
        "better than levels. A narrow interval means that the runs agree, not that the assumptions are right."
    )
    section.tables.append(tables.effects_table(evidence))


def _trajectories(desk: Desk, section: Section) -> None:
    """Trajectories of the headline outcome."""
    evidence, outcome = desk.evidence, desk.evidence.headline
    base = level(evidence.level(evidence.baseline, outcome), evidence.unit(outcome))
    desk.show(section, "trajectories_abroad", f"Level of the baseline in {evidence.last}: {base}.")


def _vendors(desk: Desk, section: Section) -> None:
    """Dependence on each sponsor's vendors, and compliance without them."""
    evidence = desk.evidence
    held = []
    for sponsor, word in evidence.sponsors.items():
        outcome = f"dependence_{sponsor}"
        held.append(f"{word} {level(evidence.level(evidence.baseline, outcome), evidence.unit(outcome))}")
    desk.show(section, "dependence", f"Dependence in the baseline of {evidence.last}: {'; '.join(held)}.")
    name = f"{evidence.case.family}_others"
    if name in evidence.outcomes:
        others = evidence.level(evidence.baseline, name)
        said = level(others, evidence.unit(name))
        desk.show(section, "two_parts", f"Others' compliance in the baseline of {evidence.last}: {said}.")
    if not section.pictures:
        section.absent = "This comparison's world has neither of these sponsors nor the standard."


def _maps(desk: Desk, section: Section) -> None:
    """The map of dependence and lock-in."""
    effects = desk.evidence.effects
    if "map_runs_used" not in effects:
        section.absent = "This comparison was made without maps."
        return
    fewest = int(effects["map_runs_used"].min())
    of = f"Means of at least {count(fewest, 'run')} for each economy"
    desk.show(section, "lock_in_map", f"{of}; single runs differ, small economies most.")


def _domains(desk: Desk, section: Section) -> None:
    """Effects by domain."""
    study = desk.evidence.study("by_domain")
    if desk.has(section, "by_domain") and study is not None:
        desk.show(section, "domains", "")
        section.tables.append(tables.technologies_table(desk.evidence, study))


def _regions(desk: Desk, section: Section) -> None:
    """Effects on the vendors under study, region by region."""
    evidence, study = desk.evidence, desk.evidence.study("by_group")
    if not desk.has(section, "by_group") or study is None:
        return
    if min(by_region(study)["effect"].sizes.values()) == 0:
        section.absent = "This comparison's world has neither these regions nor these vendors."
    else:
        section.text.append(
            "A mean by market size is that of a few large economies. Where the question is about places, "
            "each economy of a region counts alike here, and the mean by market size stands beside it."
        )
        desk.show(section, "regions", "")
        section.tables += [tables.regions_table(evidence, study, year) for year in evidence.years]


def _chain(desk: Desk, section: Section) -> None:
    """What leads from one to the next."""
    study = desk.evidence.study("chain")
    if study is None:
        section.absent = _missing("chain")
        return
    section.text += answer(study, year=desk.evidence.years[0])
    desk.show(section, "chain", "What is estimated from records is at its best guess.")


def _channels(desk: Desk, section: Section) -> None:
    """Effects by channel."""
    if desk.has(section, "channels"):
        desk.show(section, "channels", "What bodies do is a difference of differences.")


def _groups(desk: Desk, section: Section) -> None:
    """Effects by group."""
    evidence = desk.evidence
    study, policy = evidence.study("by_group"), evidence.featured
    if desk.has(section, "by_group") and study is not None and policy is not None:
        desk.show(section, "groups", "A gain at renewal is a fall of price that would be felt alike.")
        section.tables.append(tables.groups_table(evidence, study, policy))


def _cost(desk: Desk, section: Section) -> None:
    """What governments pay."""
    study = desk.evidence.study("public_cost")
    if desk.has(section, "public_cost") and study is not None:
        section.text.append(
            "Estimates of what restrictions cost differ by an order of magnitude between studies paid for by "
            "vendors or operators and those of their opponents. The limits name three; none is an input."
        )
        section.tables.append(tables.cost_table(desk.evidence, study))


def _window(desk: Desk, section: Section) -> None:
    """How effects depend on the year of the start."""
    study = desk.evidence.study("window")
    if desk.has(section, "window") and study is not None:
        left_out = [p for p in desk.evidence.policies if p not in study["scenario"].values]
        if left_out:
            names = listed([desk.evidence.named(p) for p in left_out])
            section.text.append(f"Without a start that could be moved: {names}.")
        desk.show(section, "window", "")
        section.tables.append(tables.window_table(desk.evidence, study))


def _packages(desk: Desk, section: Section) -> None:
    """Whether policies add up."""
    packages = desk.evidence.packages
    if packages:
        section.tables.append(tables.packages_table(desk.evidence, packages))
    else:
        section.absent = _missing("packages")


def _bodies(desk: Desk, section: Section) -> None:
    """The status of the standard in bodies."""
    desk.show(section, "body_status", "")
    if not section.pictures:
        section.absent = "This comparison's world has no standards bodies."


def _futures(desk: Desk, section: Section) -> None:
    """Effects over futures, and doubt about them."""
    study = desk.evidence.study("futures")
    if desk.has(section, "futures") and study is not None:
        section.text += [text for text in (doubt(desk.evidence), in_futures(desk.evidence)) if text]
        desk.show(section, "futures", f"Over {drawn(study)}.")
        section.tables.append(doubt_table(desk.evidence, study))
        section.tables.append(tables.futures_table(desk.evidence, study))


def _record(desk: Desk, section: Section) -> None:
    """What the model says of recorded facts."""
    if desk.evidence.effects.attrs.get("world") != "bundled":
        section.absent = "The record belongs to the bundled world, which this comparison is not of."
        return
    section.text.append(
        "What simulations of the baseline say of recorded facts, beside simple rivals; each run with a draw "
        "that fits the record, whatever this comparison changes. Every score: lockin validate."
    )
    section.text.append(
        "Persistence expects what was recorded of the same before; climatology what is recorded of other "
        "economies, vendors and years; the other two a chance from votes in the UN alone, or from votes, "
        "income and democracy."
    )
    section.text += sentences(measured().scores)
    section.text.append(fit())
    section.tables.append(record_table())


type Fill = Callable[[Desk, Section], None]

#: Key and title of each section, and what fills it.
ORDER: dict[tuple[str, str], Fill] = {
    ("effects", "What each policy changes, for whom"): _effects,
    ("trajectories", "Over the years"): _trajectories,
    ("vendors", "Whose vendors, and who carries the standard"): _vendors,
    ("maps", "Who is locked in, and where policy acts"): _maps,
    ("domains", "Technology by technology"): _domains,
    ("regions", "Region by region"): _regions,
    ("chain", "From first mover to standard"): _chain,
    ("channels", "Through which channel"): _channels,
    ("groups", "Who gains and who loses"): _groups,
    ("cost", "What it costs, and whom"): _cost,
    ("packages", "What levers do together"): _packages,
    ("window", "Until when"): _window,
    ("bodies", "In standards bodies"): _bodies,
    ("futures", "In other futures"): _futures,
    ("record", "Beside what is recorded"): _record,
}
