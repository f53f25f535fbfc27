"""How sure an effect is over draws and model structures, and which recorded figure would overturn it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.common.wording import (
    UNDEFINED,
    Unit,
    effect_digits,
    joined,
    number,
    percent,
    quoted,
    signed,
    two_digits,
)
from lockin_sim.evidence.influential_facts import overturned_by
from lockin_sim.record.facts import fact_titles
from lockin_sim.report.evidence import Evidence, known, unit_in
from lockin_sim.report.parts import Cell, Rows, Table, table
from lockin_sim.report.record import misfit
from lockin_sim.settings.ensemble import digest, open_posterior
from lockin_sim.studies.variants import ALTERNATIVES, CORNERS, DEFAULT, REGULATORS
from lockin_sim.words.findings import SINGLE, Finding
from lockin_sim.words.prose import say
from lockin_sim.words.reader import read

if TYPE_CHECKING:
    import xarray as xr

#: Number of policies named whose sign differs between futures; the rest are counted.
FLIPS_SHOWN = 3

#: Titles of the origins of doubt.
ORIGINS = {"luck": "chance", "parameters": "parameters", "structure": "how the model is built"}


class Futures:
    """The futures of a comparison, read for the outcome shown in its report."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence, self.ds = evidence, evidence.studies["futures"]
        ds = self.ds
        self.outcome = evidence.outcome_in(ds)
        self.unit = unit_in(ds, self.outcome)
        self.label = evidence.label(self.outcome)
        self.policies = evidence.ranked_in(ds)

    @property
    def featured(self) -> str | None:
        """The policy examined in detail, if it was tried in these futures."""
        policy = self.evidence.featured
        return policy if policy is not None and known([policy], self.ds, "scenario") else None

    def at(self, policy: str) -> xr.Dataset:
        """All results of one policy."""
        return self.ds.sel(scenario=policy, outcome=self.outcome)

    def mean(self, policy: str) -> Finding:
        """Effect of a policy over futures with the default structure, with the range of single runs."""
        effect = read(self.ds, self.unit, "expected", scenario=policy, outcome=self.outcome)
        return effect._replace(doubt=SINGLE)

    def shares(self, policy: str, *names: str) -> list[str]:
        """Shares of futures in which a policy 'raises', 'lowers' or is 'unclear'."""
        return [percent(100 * float(self.at(policy)[f"share_{name}"])) for name in names]

    def origins(self, policy: str) -> dict[str, float]:
        """Percentage of the variance by title of its origin, NaN if unknown."""
        parts = self.at(policy)["variance_share"]
        return {said: 100 * float(parts.sel(origin=name)) for name, said in ORIGINS.items()}

    def overturned(self, policy: str) -> xr.Dataset | None:
        """The recorded figure that would overturn an effect; None if futures come from other draws."""
        if self.ds.attrs.get("posterior") != digest(open_posterior()):
            return None
        return _overturned(_Once(self.ds)).sel(scenario=policy, outcome=self.outcome)


def drawn(futures: xr.Dataset) -> str:
    """What futures are: '64 futures, draws of 42 parameters that fit the record, half of them ...'."""
    others, part = futures.sizes.get("alternative", 1) - 1, 0.0
    if others:
        part = 100 * float((futures["future_alternative"] != DEFAULT).mean())
    return say(
        "futures.drawn",
        many=futures.sizes["future"],
        parameters=futures.sizes["parameter"],
        fitted=futures.attrs["method"] == "posterior",
        others=others,
        part=percent(part),
    )


def tried(evidence: Evidence) -> str:
    """What futures are, in short: '32 futures that vary what is uncertain and how the model is built'."""
    sizes = evidence.studies["futures"].sizes
    return say("futures.tried", many=sizes["future"], built=sizes.get("alternative", 1) > 1)


def sure(evidence: Evidence) -> str:
    """The main doubt about the featured policy, and the model's known miss, in a sentence."""
    futures = None if evidence.study("futures") is None else Futures(evidence)
    about: dict[str, Any] = {
        "futures": futures,
        "misfit": misfit(),
        "policy": None,
        "runs": evidence.runs_described,
    }
    if futures is not None and futures.featured is not None:
        policy = futures.featured
        rises = evidence.effect(policy, evidence.headline).mean > 0
        same, opposite = futures.shares(policy, *(("raises", "lowers") if rises else ("lowers", "raises")))
        overturned = futures.overturned(policy)
        turned = overturned is not None and bool(overturned["overturned"])
        about |= {"same": same, "opposite": opposite, "mean": futures.mean(policy), "turned": turned}
        about |= {"policy": policy, "tried": tried(evidence)}
    return say("futures.sure", **about)


def doubt(futures: Futures) -> str:
    """Effect of the featured policy over futures, and where the doubt comes from; "" without one."""
    policy = futures.featured
    if policy is None or not (mean := futures.mean(policy)).known:
        return ""
    origins = [f"{percent(x)} {said}" for said, x in futures.origins(policy).items() if np.isfinite(x)]
    overturned = futures.overturned(policy)
    return say(
        "futures.doubt",
        drawn=drawn(futures.ds),
        others=futures.ds.sizes.get("alternative", 1) - 1,
        named=futures.evidence.named(policy),
        label=futures.label,
        mean=mean,
        origins=origins,
        built=_otherwise_built(futures.at(policy), futures.unit, mean.digits),
        turning="" if overturned is None else turning(overturned, futures.unit),
    )


def _otherwise_built(effect: xr.Dataset, unit: Unit, digits: int) -> list[tuple[str, str, int]]:
    """Mean effect of a policy where states prescribe standards and in each corner of the model, the title of
    that and its number of futures."""
    means = []
    for name in known([REGULATORS, *CORNERS], effect, "alternative"):
        under = effect.sel(alternative=name)
        mean = unit.factor * float(under["expected_under"])
        if np.isfinite(mean):
            means.append((signed(mean, digits), ALTERNATIVES[name].title, int(under["futures_under"])))
    return means


def turning(effect: xr.Dataset, unit: Unit) -> str:
    """One effect of :func:`lockin_sim.evidence.influential_facts.overturned_by` in a sentence."""
    before, after = (unit.factor * float(effect[name]) for name in ("expected", "left"))
    return say(
        "futures.turning",
        fact=_fact(effect),
        nothing=np.nan_to_num(before) == 0,
        places=[f"{float(effect[name]):.2g}" for name in ("recorded", "moved_to")],
        size=joined(signed(after, effect_digits(before, after, after)), unit.change),
        draws=number(float(effect["effective_draws"]), 0),
        overturned=bool(effect["overturned"]),
        facts=int(effect.attrs["facts_used"]),
        left=percent(100 * float(effect["part_left"])),
    )


def turner(effect: xr.Dataset) -> str:
    """The same in a cell: 'none; “...” leaves 75 %'."""
    fact = _fact(effect)
    if not fact:
        return "too few draws" if np.nan_to_num(effect["expected"]) else UNDEFINED
    if bool(effect["overturned"]):
        return quoted(fact)
    return f"none; {quoted(fact)} leaves {percent(100 * float(effect['part_left']))}"


def _fact(effect: xr.Dataset) -> str:
    """Title of the recorded figure; "" if there is none."""
    name = str(effect["fact"].item())
    return fact_titles().get(name, name)


def doubt_table(futures: Futures) -> Table:
    """Each policy's effect over futures, the range of single runs, and how the variance is split."""
    rows: Rows = []
    for policy in futures.policies:
        mean, overturned = futures.mean(policy), futures.overturned(policy)
        split = [percent(part) for part in futures.origins(policy).values()]
        turn = "not examined" if overturned is None else turner(overturned)
        rows.append((futures.evidence.title(policy), [Cell(mean.signed, mean.signed_ends), *split, turn]))
    parts = [f"variance: {each}" for each in ORIGINS.values()]
    heads = ["policy", f"mean effect, {futures.unit.change}", *parts, "recorded figure that would reverse it"]
    return table("futures.doubt_table", heads, rows, label=futures.label, drawn=drawn(futures.ds))


def signs_table(futures: Futures) -> Table:
    """Shares of futures by direction of each policy's effect, and the regret of choosing it."""
    change, policies = futures.unit.change, futures.policies
    at = futures.ds.sel(outcome=futures.outcome, scenario=policies)
    columns = []
    for name, write in (("worst", signed), ("regret_max", number)):
        for sense in ("lower", "higher"):
            values = futures.unit.factor * at[name].sel(sense=sense).values
            digits = max(1, two_digits(float(np.nanmax(np.abs(values)))))
            columns.append([write(value, digits) for value in values])
    shares = [futures.shares(policy, "raises", "lowers", "unclear") for policy in policies]
    flips = ["yes" if each else "no" for each in at["flips"].values]
    rows: Rows = [
        (futures.evidence.title(policy), [*parts, flip, *ends])
        for policy, parts, flip, *ends in zip(policies, shares, flips, *columns, strict=True)
    ]
    wanted = ("for those who want less of it", "for those who want more")
    heads = (
        *("policy", "clearly raises it", "clearly lowers it", "unclear", "goes either way"),
        *(f"worst effect {who}, {change}" for who in wanted),
        *(f"largest regret {who}, {change}" for who in wanted),
    )
    return table("futures.signs_table", heads, rows, label=futures.label, many=futures.ds.sizes["future"])


def in_futures(futures: Futures) -> str:
    """Sentence on whether effects keep their sign in other futures."""
    flips = [s for s in futures.policies if bool(futures.at(s)["flips"])]
    shown = [(futures.evidence.named(s), *futures.shares(s, "raises", "lowers")) for s in flips[:FLIPS_SHOWN]]
    return say(
        "futures.flips",
        drawn="these futures" if doubt(futures) else drawn(futures.ds),
        label=futures.label,
        policies=len(futures.policies),
        flips=len(flips),
        shown=shown,
    )


class _Once:
    """A dataset as a cache key, compared by identity."""

    def __init__(self, ds: xr.Dataset) -> None:
        self.ds = ds

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Once) and other.ds is self.ds

    def __hash__(self) -> int:
        return id(self.ds)


@lru_cache(maxsize=2)
def _overturned(futures: _Once) -> xr.Dataset:
    """What would overturn the mean effects of these futures."""
    return overturned_by(futures.ds)
