"""Compose the text of a report: question, answer, chart, doubt, and the command that repeats it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Any, NamedTuple

from lockin_sim.common.findings import Finding
from lockin_sim.common.formats import listed, opening, within
from lockin_sim.common.prose import render_bundled_answer, render_sentence
from lockin_sim.comparisons.trial import has_prior_history
from lockin_sim.comparisons.uncertainty import DRAWN
from lockin_sim.pages.evidence import Evidence, felt
from lockin_sim.pages.page_folder import each, of_draws, of_parameters, typed
from lockin_sim.pages.page_parts import Bar
from lockin_sim.pages.record_parts import misfit
from lockin_sim.pages.subject import ECONOMIES, SHOWN, economies_moved, most_moved, moves, subjects
from lockin_sim.record.histories import PRIOR
from lockin_sim.settings.ensemble import BUNDLED_NAME
from lockin_sim.settings.scenario import is_built_in, load_scenario
from lockin_sim.settings.titles import DEFINITION, FILE, find_loan_free_years, get_scenario_label
from lockin_sim.world import BUNDLED
from lockin_sim.world.case import load_bundled_case
from lockin_sim.world.schema import read_table

#: Policies that a report is about and that its answer describes one by one.
FEW = 3

#: Prefix of the placeholder for an unknown file.
PLACEHOLDER = "FILE_OF_"


def title(evidence: Evidence) -> str:
    """Return the question of the policies if the report is about them, else that of the case."""
    return evidence.case.question if asks(evidence) else _question(evidence)


def asks(evidence: Evidence) -> bool:
    """Whether a comparison is about the question of its case, and not about own outcomes or policies."""
    of_case = bool(evidence.case.question) and evidence.headline in load_bundled_case().outcomes
    return of_case and not subjects(evidence)


def subtitle(evidence: Evidence) -> str:
    """Name the policies below their question, or the question of all policies below that of the case."""
    named = [evidence.named(policy) for policy in subjects(evidence)]
    return (
        render_sentence("report.subjects", named=named, base=evidence.base) if named else _question(evidence)
    )


def _question(evidence: Evidence) -> str:
    """Return the question of the only policy, or one about all of them."""
    policies = subjects(evidence) or evidence.policies or evidence.scenarios
    return (
        evidence.question(policies[0])
        if len(policies) == 1
        else render_sentence("report.title", many=len(policies))
    )


# --- the answer ---


def answer(evidence: Evidence) -> list[str]:
    """Compose the answer: the level without policies, what changes it at what price, and the doubt."""
    level, today = evidence.standing(evidence.headline), evidence.today(evidence.headline)
    stands = render_sentence(
        "report.stands", e=evidence, label=evidence.label(evidence.headline), level=level, today=today
    )
    asked, moves = [_without(evidence), _loans(evidence)], [_moves(evidence)]
    mine = _subjects(evidence)
    if mine and len(evidence.policies) == 1:
        [policy] = evidence.policies
        about = {"named": evidence.named(policy), "effect": evidence.finding(policy, evidence.headline)}
        return [*mine, stands, render_sentence("report.headline", **about), sure(evidence)]
    if evidence.featured == evidence.case.without:  # the one is about the number of the other
        asked, moves = moves, asked
    return list(filter(None, [*mine, stands, *asked, *moves, _choice(evidence), sure(evidence)]))


def _subjects(evidence: Evidence) -> list[str]:
    """Compose sentences on the first few policies that the report is about."""
    return [sentence for policy in subjects(evidence)[:FEW] for sentence in _subject(evidence, policy)]


def _subject(evidence: Evidence, policy: str) -> list[str]:
    """Describe what a policy of the report moves most, and in which economy; [] for chosen outcomes."""
    if not _measured_widely(evidence):
        return []
    moved, economies = most_moved(evidence, policy)[:1], economies_moved(evidence, policy)[:1]
    about, said = _about(evidence, policy), list[str]()
    for quantity in moved:
        effect = quantity.finding._replace(payers=about["effect"].payers)
        said.append(
            render_sentence("report.subject", e=evidence, moves=moves(effect), **about | {"effect": effect})
        )
    return said + [render_sentence("report.economy", effect=quantity.finding) for quantity in economies]


def _measured_widely(evidence: Evidence) -> bool:
    """Whether a comparison has the outcomes of its case instead of chosen ones."""
    return evidence.headline in evidence.case.outcomes


def short(evidence: Evidence) -> list[str]:
    """Compose a summary for the terminal.

    What the policies do, the largest effect with what decides it and what else could be assumed, and the
    doubt.
    """
    said, policy = [_moves(evidence, within(evidence.label(evidence.headline)))], evidence.featured
    if policy and (decides := evidence.assumption(policy)):
        said.append(f"What decides: {decides}.")
    if policy and is_built_in(policy) and (others := load_scenario(policy).alternatives()):
        said.append(f"To assume something else, compare {listed([shlex.quote(o.name) for o in others])}.")
    return [*filter(None, [" ".join(_subjects(evidence)), " ".join(said)]), sure(evidence)]


def _moves(evidence: Evidence, that: str = "that") -> str:
    """Describe the policy with the largest effect, and who pays; ``that`` names the number."""
    policy = evidence.featured
    if policy is None:
        return render_sentence("report.moves", e=evidence, policy=None)
    clear = len(evidence.clear(evidence.headline))
    return render_sentence(
        "report.moves", e=evidence, policy=policy, clear=clear, that=that, **_about(evidence, policy)
    )


def _without(evidence: Evidence) -> str:
    """Describe what a past without the question's loans changes; "" if it was not compared."""
    policy = evidence.case.without
    if not asks(evidence) or policy not in evidence.policies or evidence.policies == [policy]:
        return ""
    effect, named = evidence.finding(policy, evidence.headline), evidence.named(policy)
    about = {"named": named, "effect": effect, "said": policy == evidence.featured}
    span = find_loan_free_years(get_scenario_label(evidence.effects, DEFINITION, policy))
    return render_sentence("report.without", e=evidence, span=span, **about)


def _loans(evidence: Evidence) -> str:
    """Return the bundled answer on loans if it rests on the same inputs; else ""."""
    about = evidence.effects.attrs
    bundled = about["world"] == BUNDLED and about.get("posterior") == BUNDLED_NAME
    return render_bundled_answer() if bundled and asks(evidence) and not evidence.parameters else ""


def _choice(evidence: Evidence) -> str:
    """Describe the largest effect of a policy that can still be chosen, if another one is larger."""
    choices = [policy for policy in evidence.ranked(evidence.headline) if evidence.choosable(policy)]
    first = [policy for policy in choices if evidence.finding(policy, evidence.headline).clear] or choices
    thought = evidence.featured
    if not first or thought in choices or not evidence.finding(str(thought), evidence.headline).clear:
        return ""
    return render_sentence("report.choice", e=evidence, many=len(choices), **_about(evidence, first[0]))


def _about(evidence: Evidence, policy: str) -> dict[str, Any]:
    """Collect the facts of a sentence on a policy: name, effect with payers, and price felt by buyers."""
    buyers = ""
    if "surplus" in evidence.outcomes:
        price = evidence.price(evidence.finding(policy, "surplus"))
        buyers = render_sentence("report.fare", price=price, size=felt(price))
    effect = evidence.paid(policy, evidence.headline)
    return {"named": evidence.named(policy), "effect": effect, "buyers": buyers}


class Chart(NamedTuple):
    """Bars of effects in the last year: of all policies on the headline, or of one wherever it acts."""

    title: str
    bars: list[Bar]


def chart(evidence: Evidence) -> Chart:
    """Build the chart of the only policy if the report is about it, else of all; largest fall first."""
    alone = subjects(evidence) if len(evidence.policies) == 1 else []
    if alone and _measured_widely(evidence):
        [policy] = alone
        moved = [*most_moved(evidence, policy)[:SHOWN], *economies_moved(evidence, policy)[:ECONOMIES]]
        effects = [(opening(each.label), each.finding) for each in moved]
        named = render_sentence("report.chart", what=evidence.named(policy), last=evidence.last)
    else:
        found = [(p, evidence.finding(p, evidence.headline)) for p in evidence.policies]
        effects = [(evidence.marked(p), f) for p, f in found if f.known]
        named = render_sentence(
            "report.chart_of_all", what=evidence.label(evidence.headline), last=evidence.last
        )
    return Chart(named, _bars(sorted(effects, key=lambda each: each[1].size)))


def _bars(effects: Sequence[tuple[str, Finding]]) -> list[Bar]:
    """Place titles and effects as bars on one scale."""
    ends = [0.0, *(end for _, f in effects for end in (f.size, f.low, f.high) if abs(end) < float("inf"))]
    lowest, widest = min(ends), (max(ends) - min(ends)) or 1.0

    def place(value: float) -> float:
        """Compute the position of a value in per cent of the chart's width; that of zero if undefined."""
        return round(100 * ((value if abs(value) < float("inf") else 0.0) - lowest) / widest, 2)

    bars = []
    for named, f in effects:
        start, end = sorted((place(0.0), place(f.size)))
        at = {"start": start, "end": end, "low": place(f.low), "high": place(f.high), "zero": place(0.0)}
        bars.append(Bar(named, f.signed, f.signed_ends, f.clear, **at))
    return bars


def sure(evidence: Evidence) -> str:
    """Describe how runs differ, and the model's known miss."""
    bundled = evidence.effects.attrs["world"] == BUNDLED
    return render_sentence("report.sure", runs=evidence.runs_described, misfit=misfit() if bundled else "")


def family(evidence: Evidence) -> str:
    """Describe the standards under study; "" if no headline is about them."""
    family = load_bundled_case().family
    if not any(family in name for name in evidence.headlines):
        return ""
    standards = read_table("standards")
    row = standards.labels.index(family)
    label, since = str(standards["label"][row]), int(standards["entry_year"][row])
    return render_sentence("report.standard", label=label, since=since)


# --- how to reproduce it ---


def command(evidence: Evidence) -> str:
    """Compose the command that repeats the comparison, with a comment for scenarios without a file."""
    about = evidence.effects.attrs
    chosen = evidence.outcomes if list(evidence.case.outcomes) == evidence.outcomes else []
    *files, base = (_file(evidence, name) for name in (*evidence.policies, evidence.baseline))
    words = typed(
        "lockin",
        "compare",
        *(files or [base]),
        *each("outcomes", chosen),
        "--runs",
        evidence.runs,
        "--seed",
        about["seed"],
        *of_parameters(evidence.parameters),
        "--years",
        f"{evidence.first}-{evidence.last}",
        *of_draws(about),
        *each("baseline", [base] * (base != "baseline")),
        *each("actor", _actor(evidence)),
        *([] if evidence.study("chain") is None else ["--chain"]),
        *each("history", [PRIOR] * has_prior_history(evidence.effects)),
        *each("structure", [DRAWN] * ("structure" in about)),
        "--out",
        "results/compare",
    )
    missing = [file for file in (*files, base) if file.startswith(PLACEHOLDER)]
    why = "this scenario has no file: write one from its settings in the annex"
    return "\n".join([words, *(f"# {file}: {why}" for file in missing)])


def _actor(evidence: Evidence) -> list[str]:
    """Return the payer named first; [] for the default, or without a study of costs."""
    usual = load_bundled_case().actor if evidence.effects.attrs["world"] == BUNDLED else ""
    default = evidence.study("public_cost") is None or evidence.actor == usual
    return [] if default else [evidence.actor]


def _file(evidence: Evidence, name: str) -> str:
    """Return a scenario's name on the command line: its file as given, or that of a built-in one."""
    file = get_scenario_label(evidence.effects, FILE, name)
    identity = get_scenario_label(evidence.effects, "scenario_hash", name)
    if file or (is_built_in(name) and load_scenario(name).hash == identity):
        return file or name
    return f"{PLACEHOLDER}{re.sub(r'[^\w.-]+', '_', name)}.toml"
