"""The pages that readers see, and the blocks of code in them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]

_WRITTEN = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "lockin_sim" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "experiments").rglob("*.md")),
)

#: Text of each page by its path in the checkout.
PAGES = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in _WRITTEN}

_FENCE = re.compile(r"^```(\S*)[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def fences(page):
    """Language and content of each block of a page, in order."""
    return _FENCE.findall(PAGES[page])


def blocks(page, language):
    """Contents of the blocks of one language."""
    return [content for of, content in fences(page) if of == language]


def with_blocks(language):
    """Pages that have any."""
    return [page for page in PAGES if blocks(page, language)]
