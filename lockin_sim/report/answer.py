"""The answer: three sentences with numbers that stand first in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockin_sim.report.bills import as_price, pays
from lockin_sim.report.doubt import doubt, drawn
from lockin_sim.report.evidence import Evidence, known
from lockin_sim.report.record import misfit
from lockin_sim.report.words import (
    changes,
    count,
    counted,
    interval,
    level,
    percent,
)
from lockin_sim.wording import effect_digits, joined, listed, signed

if TYPE_CHECKING:
    import xarray as xr

#: Policies whose flip across futures is spelled out in the first paragraph; the rest are counted.
FLIPS_SHOWN = 3


def answer(evidence: Evidence) -> list[str]:
    """How far and what moves it; whose vendors, adopters and budgets; and whether other futures agree."""
    sure = " ".join(text for text in (doubt(evidence), in_futures(evidence), misfit()) if text)
    return [_how_far(evidence), _whose(evidence), sure]


def short(evidence: Evidence) -> list[str]:
    """The first of these sentences, and how sure it is where futures were asked for."""
    return [text for text in (_how_far(evidence), doubt(evidence)) if text]


def _how_far(evidence: Evidence) -> str:
    """The baseline's level, and the policy that moves it most."""
    outcome = evidence.headline
    base = level(evidence.level(evidence.baseline, outcome), evidence.unit(outcome))
    label = evidence.label(outcome)
    comma = "," if "," in label else ""
    start = f"In the {evidence.base} the {label}{comma} is {base} in {evidence.last}"
    return f"{start}; {_what_moves(evidence, outcome)}."


def _what_moves(evidence: Evidence, outcome: str) -> str:
    """Which policy moves an outcome most, in half a sentence."""
    ranked, clear, unit = evidence.ranked(outcome), evidence.distinct(outcome), evidence.unit(outcome)
    if not ranked:
        return "no policy was compared with it"
    some = count(len(ranked), "policy", "policies")
    first = evidence.named((clear or ranked)[0])
    largest = evidence.effect((clear or ranked)[0], outcome)
    if len(ranked) == 1 or not largest.known:
        return f"{first} {changes(largest, unit, 'it')}"
    if not clear:
        digits = effect_digits(*largest)
        mean = joined(signed(largest.mean, digits), unit.change)
        return (
            f"none of {some} compared changes it by more than chance could (the largest mean "
            f"effect, of {first}, is {mean}, {interval(largest, digits)})"
        )
    how_many = f"{counted(len(clear))} {'changes' if len(clear) == 1 else 'change'} it"
    most = "" if len(clear) == 1 else "most of all "
    return (
        f"of {some} compared, {how_many} by more than chance could, {most}{first}, "
        f"which {changes(largest, unit, 'it')}"
    )


def _whose(evidence: Evidence) -> str:
    """Dependence on all sponsors' vendors by one measure, and what one policy means for them and adopters."""
    policy = evidence.featured
    shares = {word: f"dependence_{s}" for s, word in evidence.sponsors.items()}
    if not shares:
        return "Whose vendors the world depends on is not among this comparison's outcomes."
    levels = {word: evidence.level(evidence.baseline, o).mean for word, o in shares.items()}
    held = listed([f"{word} vendors hold {percent(value)}" for word, value in levels.items()])
    start = f"In {evidence.last} {held} of the world's installed base in the {evidence.base}"
    if policy is None:
        return f"{start}."
    moved = [evidence.effect(policy, o).mean for o in shares.values()]
    by = listed(
        [f"of {w} vendors by {signed(m, effect_digits(m, m, m))}" for w, m in zip(shares, moved, strict=True)]
    )
    return f"{start}; {evidence.named(policy)} changes the part {by} points, {_bill(evidence, policy)}."


def _bill(evidence: Evidence, policy: str) -> str:
    """What a policy means for adopters and budgets."""
    said = "and buyers are neither better nor worse off by more than chance could make"
    if "surplus" in evidence.outcomes and evidence.effect(policy, "surplus").distinct:
        said = f"and buyers fare {as_price(evidence, evidence.effect(policy, 'surplus').mean)}"
    if evidence.study("public_cost") is None:
        return f"{said} (its public cost was not examined)"
    return f"{said}; what is paid: {pays(evidence, policy)}"


def in_futures(evidence: Evidence) -> str:
    """Whether the sign of effects holds in other futures."""
    futures = evidence.study("futures")
    if futures is None:
        return "Whether any of this holds for other values of the uncertain parameters was not examined here."
    policies = known(evidence.ranked(evidence.headline), futures, "scenario")
    outcome = evidence.outcome_in(futures)
    flips = [s for s in policies if bool(futures["flips"].sel(outcome=outcome, scenario=s).item())]
    over = "these futures" if doubt(evidence) else drawn(futures)
    if flips:
        return f"Over {over}, {_flips(evidence, futures, outcome, flips, len(policies))}."
    return (
        f"Over {over}, no policy's effect on {_the(evidence, outcome)} goes either way: clearly up in at "
        "least one future in twenty, and clearly down in as many."
    )


def _the(evidence: Evidence, outcome: str) -> str:
    """The outcome in a sentence: what is somebody's has no article, and a comma within needs one behind."""
    label = evidence.label(outcome) + ("," if "," in evidence.label(outcome) else "")
    return label if "s' " in label else f"the {label}"


def _flips(evidence: Evidence, futures: xr.Dataset, outcome: str, flips: list[str], policies: int) -> str:
    """For how many policies, and for which, the effect on one outcome is clear in both directions."""
    at = futures.sel(outcome=outcome)
    parts = [_flip(evidence, at, s) for s in flips[:FLIPS_SHOWN]]
    rest = len(flips) - len(parts)
    if rest:
        parts.append(f"so {'do' if rest > 1 else 'does'} {count(rest, 'other policy', 'other policies')}")
    of = count(policies, "policy", "policies")
    return (
        f"the effect on {_the(evidence, outcome)} goes either way for {counted(len(flips))} of {of}: "
        f"{listed(parts)}"
    )


def _flip(evidence: Evidence, at: xr.Dataset, policy: str) -> str:
    """In how many futures a policy raises, and in how many it lowers an outcome."""
    up, down = (
        percent(100 * at[name].sel(scenario=policy).item(), 0) for name in ("share_raises", "share_lowers")
    )
    return f"{evidence.named(policy)} clearly raises it in {up} and clearly lowers it in {down} of them"
