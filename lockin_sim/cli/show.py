"""How results are shown: tables that wrap and fold, and never cut anything, and lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

#: Columns of output that is not a terminal; a table whose words need more gets it.
WIDTH = 140

#: Signs that a column can be narrowed to so that the names in the first one stay whole.
NARROW = 8


def table(
    title: str,
    heads: Sequence[str],
    rows: Iterable[Iterable[str]],
    *,
    whole: Collection[str] = (),
    numbers: Collection[str] = (),
    wide: Mapping[str, int] | None = None,
) -> Table:
    """A table of the terminal.

    whole    columns that are not broken;  numbers  those that end at the right;  wide  least signs of some
    """
    from lockin_sim.studies.tables import titled

    empty = titled(title)
    for head in heads:
        side: Literal["right", "left"] = "right" if head in numbers else "left"
        empty.add_column(head, no_wrap=head in whole, justify=side, min_width=(wide or {}).get(head))
    for row in rows:
        empty.add_row(*row)
    return empty


def show(*things: Any) -> None:
    """Tables and lines, as they are written; wide enough to read where the output is not a terminal."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)  # names may hold brackets
    terminal = console.is_terminal
    if not terminal:
        console = Console(highlight=False, markup=False, width=10**6)
    for thing in things:
        if isinstance(thing, Table):
            fit(thing, console, console.width if terminal else None)
        console.print(thing)


def fit(table: Table, console: Console, width: int | None) -> None:
    """Give the columns of a table widths with which it fits, so that nothing in them is cut.

    What may wrap does so between words, then figures do; words are folded where there is no other way,
    the names in the first column last.
    width  what there is; None = WIDTH, or more where words need it
    """
    from rich.box import SIMPLE_HEAD
    from rich.measure import Measurement

    everything = console.options.update(width=10**6)
    contents = [[column.header, *column.cells] for column in table.columns]
    sizes = [[Measurement.get(console, everything, cell) for cell in cells] for cells in contents]
    wholes = [max(size.maximum for size in of) for of in sizes]
    words = [max(size.minimum for size in of) for of in sizes]
    fixed = [column.no_wrap for column in table.columns]
    rigid = [whole if no_wrap else word for no_wrap, whole, word in zip(fixed, wholes, words, strict=True)]

    def lines() -> int:
        """Width of the table's rules and margins."""
        return Measurement.get(console, everything, table).maximum - sum(wholes)

    room = max(WIDTH - lines(), sum(rigid)) if width is None else width - lines()
    if room < sum(rigid) and width is not None:
        table.box, table.pad_edge = SIMPLE_HEAD, False
        room = width - lines()
    for column, wide in zip(table.columns, _widths(wholes, words, rigid, room), strict=True):
        column.width, column.no_wrap, column.overflow = max(wide, 1), False, "fold"


def _widths(wholes: Sequence[int], words: Sequence[int], rigid: Sequence[int], room: int) -> list[int]:
    """Widths of columns in the room there is.

    wholes, words  widths with everything on one line, and with no word folded;  rigid  with figures whole
    """
    name, *others = wholes[0], *words[1:]
    if sum(rigid) <= room:
        least = list(rigid)
    elif room - name >= NARROW * len(others):
        least = [name, *_levelled(others, room - name)]
    else:
        least = _levelled([name, *others], room)
    spare = [whole - width for whole, width in zip(wholes, least, strict=True)]
    more = _levelled(spare, room - sum(least))
    return [width + added for width, added in zip(least, more, strict=True)]


def _levelled(widths: Sequence[int], room: int) -> list[int]:
    """The widths, the largest cut to one level so that all fit the room."""
    level = max(widths, default=0)
    while level > 0 and sum(min(width, level) for width in widths) > room:
        level -= 1
    return [min(width, level) for width in widths]
