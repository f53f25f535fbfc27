"""How a table looks in the terminal."""

from __future__ import annotations

from rich.table import Table


def titled(title: str, caption: str | None = None) -> Table:
    """An empty table, its title in bold; title and caption stand at the left."""
    table = Table(title=title, caption=caption, title_style="bold")
    table.title_justify = table.caption_justify = "left"
    return table
