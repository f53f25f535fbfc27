"""Render objects in a notebook as self-contained, escaped HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

#: Maximum length of a cell's text.
LONGEST = 200


def sentence(text: str) -> str:
    """Render a paragraph."""
    return f"<p>{escape(text, quote=False)}</p>"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, words: Sequence[int] = ()) -> str:
    """Render a table whose first column names the rows.

    columns  column heads
    rows     cells of each row, as many as columns
    words    positions of text columns, which are left-aligned; numbers are right-aligned
    """
    left = ' style="text-align: left"'
    head = "".join(
        f"<th{left if place in words else ''}>{escape(each, quote=False)}</th>"
        for place, each in enumerate(columns)
    )
    body = "\n".join(
        f"<tr><th>{_cell(name)}</th>"
        + "".join(
            f"<td{left if place in words else ''}>{_cell(cell)}</td>" for place, cell in enumerate(cells, 1)
        )
        + "</tr>"
        for name, *cells in rows
    )
    return f"<table>\n<tr>{head}</tr>\n{body}\n</table>"


def bars(title: str, rows: Iterable[tuple[str, float, str]]) -> str:
    """Render a bar chart beneath a title.

    rows  name, length in per cent of the longest possible bar (NaN for none), and the text beside the bar
    """
    bar = "height: 0.7em; background: #7d8a97; width: {:.1f}%"
    body = "\n".join(
        f'<tr><th style="text-align: left">{_cell(name)}</th><td style="width: 12em">'
        f'<div style="{bar.format(length if length > 0 else 0.0)}"></div></td>'
        f'<td style="text-align: left">{_cell(said)}</td></tr>'
        for name, length, said in rows
    )
    return f"{sentence(title)}\n<table>\n{body}\n</table>"


def folded(summary: str, content: str) -> str:
    """Render content that unfolds when its summary is clicked."""
    return f"<details><summary>{escape(summary, quote=False)}</summary>\n{content}\n</details>"


def _cell(text: str) -> str:
    """Render a table cell, truncated if the text is long."""
    shown = text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"
    return escape(shown, quote=False)


def plain(value: object) -> str:
    """Format a setting: numbers without trailing digits, lists with commas."""
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(map(plain, value)) if isinstance(value, list | tuple) else str(value)
