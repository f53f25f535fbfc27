"""A comparison at a glance: a row for each policy, for a notebook or a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lockin_sim import notebook
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.reader import Reader
from lockin_sim.statistics import Estimate
from lockin_sim.studies.pairing import histories_said
from lockin_sim.studies.registry import headlines
from lockin_sim.wording import number, opening, signed, told_apart
from lockin_sim.world.case import case_of

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, repr=False)
class Summary:
    """Some effects of a comparison as text, and as a table in a notebook.

    sentence  what the numbers are
    heads     of the columns, the name of the scenario first
    rows      cells as they are written, the level of the baseline first, then effects
    """

    sentence: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        """The sentence, what each column holds, and the table."""
        letters = [f"({chr(ord('a') + place)})" for place in range(len(self.heads) - 1)]
        named = [f"{letter} {head}" for letter, head in zip(letters, self.heads[1:], strict=True)]
        lines = [("", *letters), *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = [
            "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip()
            for line in lines
        ]
        return "\n".join([self.sentence, *named, "", *table])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """For notebooks."""
        return notebook.sentence(self.sentence) + "\n" + notebook.table(self.heads, self.rows)


def summary(
    effects: xr.Dataset, outcomes: Sequence[str] | None = None, *, year: int | None = None
) -> Summary:
    """What a comparison found, a row for each policy: effects with their 95 % intervals.

    effects   dataset of :func:`lockin_sim.compare`
    outcomes  names of the outcomes to show; None = the headlines of the case, or the first outcome
    year      one of the years compared; None = the last

    Raises InputError for another dataset, or a name or year that it does not have.
    """
    if "effect_low" not in effects or not {"scenario", "outcome", "year"} <= set(effects.dims):
        raise unusable(
            "summary", found=sorted(map(str, effects.data_vars)), allowed="a dataset of lockin_sim.compare"
        )
    reader = Reader(effects)
    chosen = list(
        (headlines(case_of(effects.attrs)) or reader.outcomes[:1]) if outcomes is None else outcomes
    )
    for name in chosen:
        if name not in reader.outcomes:
            raise unknown_name("summary outcomes", found=name, known=reader.outcomes)
    when = reader.last if year is None else year
    if when not in effects["year"].values:
        years = f"a year from {effects['year'].values[0]} to {reader.last}"
        raise unusable("summary year", found=year, allowed=years)
    level = [number(reader.level(reader.baseline, name, when).mean) for name in chosen]
    rows = [(reader.title(reader.baseline), *level)]
    for policy in reader.scenarios:
        if policy != reader.baseline:
            rows.append(
                (reader.marked(policy), *(_effect(reader.effect(policy, name, when)) for name in chosen))
            )
    heads = (f"{opening(reader.label(name))}, {reader.said_unit(name)}" for name in chosen)
    text = (
        f"{when}: level of the {reader.base}, then differences from it with 95 % intervals of chance alone, "
        f"{effects.attrs['runs']} paired runs."
    )
    text = " ".join(filter(None, [text, histories_said(effects)]))
    return Summary(text, ("", *heads), tuple(rows))


def _effect(effect: Estimate[float]) -> str:
    """A difference and its interval."""
    digits = told_apart(1, effect.low, effect.high)
    mean, low, high = (signed(value, digits) for value in effect)
    return f"{mean} ({low} to {high})"
