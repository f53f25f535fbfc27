"""What a page says, in plain signs."""

from __future__ import annotations

import re

from reader import Element

HEADLINE = "cn2035_sensitive_excluding_CHN"
LAST = 2036


def plain(text: str) -> str:
    """With ordinary spaces and minus signs."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ").replace("−", "-")


def first_cells(tree: Element, section: str) -> dict[str, list[list[str]]]:
    """Cells of a section's first table by row head; each in parts: number, interval."""
    table = tree.by_id(section).all("table")[0]
    return {
        row.one("th").text: [re.split(r"\s(?=[-+]?\d[\d.]* to )", plain(td.text)) for td in row.all("td")]
        for row in table.one("tbody").all("tr")
    }
