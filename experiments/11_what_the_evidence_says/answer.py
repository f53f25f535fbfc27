"""The answer in words and small tables, for whatever numbers there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.common.formats import listed, number, opening, percent, quoted
from lockin_sim.comparisons.effects_reader import EffectsReader
from lockin_sim.record.facts import build_fact_titles
from lockin_sim.settings.parameters import collect_declarations

if TYPE_CHECKING:
    import xarray as xr

#: A parameter is narrowed by the record where less than this of its spread is left, as in the figure.
NARROWED = 0.5

#: Unit of the parameters that no figure of the record is about: what they lose, the method takes.
UNSEEN = "vote utility"

#: What stands where there is nothing to tell.
NOTHING = "–"

#: Parameters that are named, and policies of the headline.
NAMED, HEADLINES = 8, 3


def answer(
    posterior: xr.Dataset,
    missed: Sequence[tuple[str, float, float]],
    declared: EffectsReader,
    drawn: EffectsReader,
    turned: xr.Dataset,
) -> str:
    """Identifiability, sales missed, the record, effects with their doubt, and what would overturn them.

    declared, drawn  effects with the declared structure of the model, and with a drawn one
    """
    parts = [_learnt(posterior), _missed(posterior, missed), _met(posterior)]
    for outcome in turned["outcome"].values.tolist():
        parts += [_effects(declared, drawn, outcome), _overturned(declared, turned, outcome)]
    return "\n\n".join(parts) + "\n"


def _learnt(posterior: xr.Dataset) -> str:
    """What the record narrows, beside parameters that it says nothing of."""
    ordered = posterior.sortby("learnt")
    left = dict(zip(ordered["parameter"].values.tolist(), ordered["learnt"].values.tolist(), strict=True))
    declared = collect_declarations()
    narrowed = [f"{declared[n].title} ({part:.2f})" for n, part in left.items() if part < NARROWED]
    named = f", most of all {listed(narrowed[:NAMED])} (part of the spread that is left)" if narrowed else ""
    unseen = [part for n, part in left.items() if declared[n].unit == UNSEEN]
    alone = (
        f" Smaller losses say little: {len(unseen)} parameters of votes, which no recorded figure is about, "
        f"keep {100 * min(unseen):.0f} to {100 * max(unseen):.0f} % of theirs; the method takes the rest."
        if unseen
        else ""
    )
    return (
        f"*What is learnt.* The record at least halves the spread of {len(narrowed)} of {len(left)} "
        f"parameters{named}.{alone} {posterior.sizes['draw']} draws weigh as much as "
        f"{posterior.attrs['effective_draws']:.0f} even ones."
    )


def _missed(posterior: xr.Dataset, missed: Sequence[tuple[str, float, float]]) -> str:
    """How far means are off the sales of mobile networks."""
    points = listed([f"{off:.1f} at {of}" for of, _, off in missed])
    mine = (posterior["subject"] == "mobile networks sold").values
    luck = 100 * float(np.sqrt(np.diag(posterior["luck"].values))[mine].mean())
    return (
        f"*Sales of mobile networks.* Means over runs miss them by {points}, in points of share; single runs "
        f"at one place lie {luck:.1f} apart (standard deviation), and the record is one run."
    )


def _met(posterior: xr.Dataset) -> str:
    """How many recorded figures single runs reach, before and after."""
    inside = {}
    for when in ("prior", "posterior"):
        low, high = (posterior[f"{when}_{end}"].values for end in ("low", "high"))
        recorded = posterior["recorded"].values
        inside[when] = int(((low <= recorded) & (recorded <= high)).sum())
    width = (posterior["posterior_high"] - posterior["posterior_low"]) / (
        posterior["prior_high"] - posterior["prior_low"]
    )
    return (
        f"*The record.* {inside['posterior']} of {posterior.sizes['fact']} recorded figures lie where "
        f"nine in ten single runs do, {inside['prior']} before; that range is "
        f"{percent(100 * float(width.median()), 0)} as wide as before (median)."
    )


def _effects(declared: EffectsReader, drawn: EffectsReader, outcome: str) -> str:
    """Effects on an outcome with the declared structure and with a drawn one, as a table."""
    label, runs = declared.label(outcome), int(declared.effects.attrs["runs"])
    head, unit = ["policy"], declared.unit(outcome).change
    for kind in ("declared", "drawn"):
        head += [f"mean effect (nine in ten futures), {unit}, structure {kind}", "verdict"]
    rows = []
    for policy in declared.others:
        row = [declared.title(policy)]
        for found in (reader.finding(policy, outcome) for reader in (declared, drawn)):
            row += [found.with_range, str(found.verdict.value)]
        rows.append(row)
    others = int(drawn.effects.attrs["structures"]) - 1
    return (
        f"*{opening(label)}*, {declared.last}, over {runs} draws that fit the record; with the "
        f"structure drawn half of them have one of {others} others:\n\n{_table(head, rows)}"
    )


def headline(declared: EffectsReader, drawn: EffectsReader, turned: xr.Dataset, outcome: str) -> str:
    """The policies that move an outcome most, and how sure that is."""
    size = {policy: abs(declared.finding(policy, outcome).size) for policy in declared.others}
    most = sorted(size, key=lambda policy: -size[policy])[:HEADLINES]
    lines = [f"Of all policies these move the {declared.label(outcome)} most in {declared.last}:", ""]
    for policy in most:
        found, other = (reader.finding(policy, outcome) for reader in (declared, drawn))
        lines.append(
            f"- {quoted(declared.title(policy))} by {found.change} (nine in ten futures: "
            f"{found.signed_ends}), and by {other.with_range} "
            "where the structure of the model is drawn, too. "
            f"{_firm(turned.sel(scenario=policy, outcome=outcome), declared)}"
        )
    return "\n".join(lines) + "\n"


def _firm(turned: xr.Dataset, reader: EffectsReader) -> str:
    """Whether a recorded figure would turn the sign, and which comes nearest, in a sentence."""
    _, figure, recorded, moved, left, _ = _nearest(turned, reader)
    if figure == NOTHING:
        return "No figure can be named that would turn the sign."
    nearest = f"{quoted(figure)}, were it {moved} instead of {recorded},"
    if bool(turned["overturned"]):
        return f"The sign would turn with one recorded figure: {nearest} leaves {left} of the effect."
    return (
        f"No recorded figure turns the sign if moved within its error; {nearest} would leave {left} of the "
        "effect."
    )


def _overturned(reader: EffectsReader, turned: xr.Dataset, outcome: str) -> str:
    """What would overturn the effects on an outcome, as a table."""
    head = ("policy", "recorded figure", "recorded", "moved to", "effect left", "draws that still count")
    rows = [_nearest(turned.sel(scenario=policy, outcome=outcome), reader) for policy in reader.others]
    return (
        f"What would overturn these means: each of {number(turned.attrs['facts_used'], 0)} recorded figures "
        "is moved within its error, one at a time, and the one that comes nearest to turning the sign is "
        f"named; below zero it does turn it.\n\n{_table(head, rows)}"
    )


def _nearest(turned: xr.Dataset, reader: EffectsReader) -> tuple[str, ...]:
    """The recorded figure that comes nearest to turning a policy's effect."""
    name, title = str(turned["fact"].item()), reader.title(str(turned["scenario"].item()))
    if not name:
        return (title, *[NOTHING] * 5)
    places = (f"{float(turned[place]):.2g}" for place in ("recorded", "moved_to"))
    draws = number(float(turned["effective_draws"]), 0)
    return (title, build_fact_titles().get(name, name), *places, _share(float(turned["part_left"])), draws)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows))


def _share(part: float) -> str:
    """A share in per cent, a dash where undefined."""
    return percent(100 * part, 0) if np.isfinite(part) else NOTHING
