"""The limits of the model, taken from its description so that they are said once."""

from __future__ import annotations

import re
from importlib.resources import files

from markdown_it import MarkdownIt

DESCRIPTION = "ODD.md"
_MARKED = re.compile(r"<!-- limits -->\n(.*?)<!-- end of limits -->", re.DOTALL)
_COMMENT = re.compile(r"<!-- [^>]* -->\n")


def limits() -> str:
    """The marked passages of the model description as HTML.  Raw HTML in them is escaped."""
    text = (files("lockin_sim") / DESCRIPTION).read_text(encoding="utf-8")
    passages = _COMMENT.sub("", "\n\n".join(_MARKED.findall(text)))
    return str(MarkdownIt("commonmark", {"html": False}).render(passages))
