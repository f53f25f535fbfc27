"""Build the parts of a page: cells, tables and bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from lockin_sim.common.findings import Finding
from lockin_sim.common.formats import UNDEFINED
from lockin_sim.common.prose import render_sentence

STAR = "*"


class Cell(NamedTuple):
    """Text of a cell, and small print beneath it."""

    text: str
    small: str = ""

    @classmethod
    def of(cls, value: Cell | Finding | str) -> Cell:
        """Build a cell from a text, or from a difference with its range beneath and a star if it is clear."""
        if isinstance(value, Cell):
            return value
        if isinstance(value, str):
            return cls(value)
        if not value.known:
            return cls(UNDEFINED)
        return cls(value.signed + (STAR if value.clear else ""), value.signed_ends)


#: Head and cells of each row: differences, and plain texts.
type Values = Sequence[Cell | Finding | str]
type Rows = list[tuple[str, Values]]


@dataclass(frozen=True)
class PageTable:
    """Table of a page; the first of ``heads`` is that of the row heads.

    rows   (head, cells)
    words  whether cells are words, not numbers
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    note: str = ""
    words: bool = False


def table(name: str, heads: Sequence[str], rows: Rows, *, words: bool = False, **facts: Any) -> PageTable:
    """Build a table whose caption and note are one sentence of a template, separated by three dashes.

    heads  of the columns, that of the row heads first
    words  whether cells are words, not numbers
    facts  arguments of the template
    """
    caption, _, note = render_sentence(name, **facts).partition(" ---")
    cells = [(head, [Cell.of(value) for value in values]) for head, values in rows]
    return PageTable(caption, heads, cells, note.strip(), words)


class Bar(NamedTuple):
    """Bar of a chart; positions are per cent of the chart's width.

    low, high   ends of the interval
    start, end  ends of the bar
    zero        position of zero
    """

    title: str
    text: str
    interval: str
    clear: bool
    start: float
    end: float
    low: float
    high: float
    zero: float = 0.0
