"""The pieces a page is made of: pictures with captions, tables, sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lockin_sim.plots import Embedded


@dataclass(frozen=True)
class Picture:
    """A figure in the page.

    name         file name of the figure in the comparison's folder, without its ending
    drawing      headline, note and picture
    uncertainty  what the caption says of how sure the headline is
    """

    name: str
    drawing: Embedded
    uncertainty: str

    @property
    def alternative(self) -> str:
        """The text in place of the picture."""
        return f"Chart: {self.drawing.headline}. {self.drawing.note}"


class Cell(NamedTuple):
    """What stands in a cell, and beneath it in small print, of one line or several."""

    text: str
    small: str = ""


@dataclass(frozen=True)
class Table:
    """A table: the first of ``heads`` stands above the rows' own heads.

    rows  (head, cells)
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    note: str = ""
    words: bool = False  # cells hold words, not numbers


@dataclass
class Section:
    """A part of the page under one heading; ``absent`` says why it shows no result."""

    key: str
    title: str
    text: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    absent: str = ""
