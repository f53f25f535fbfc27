"""Words in figures: as they are written, as wide as they are, and names no longer than there is room."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from matplotlib import rc_context
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from lockin_sim.wording import spoken

TEXT = 9.5  # points
NAME = 2.25  # inches that a name may take at this size above a panel or at the end of a line,
ROW = 4.0  # beside a row, which makes room for it,
SPOKEN = 6.0  # and in a headline, which goes on in the next line

#: Names may hold any sign: no text is taken for mathematics.
PLAIN: Any = {"text.parse_math": False}


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Inches that one line of ``text`` takes at ``size`` points, measured in the font itself."""
    if not text.strip():
        return 0.0
    font = FontProperties(family="DejaVu Sans", weight=weight)
    with rc_context(PLAIN):
        return float(TextPath((0, 0), text, size=size, prop=font).vertices[:, 0].max(initial=0)) / 72


@lru_cache(maxsize=1024)
def brief(name: object, room: float = NAME) -> str:
    """A name as it is written in text; without its middle where it takes more than ``room`` inches."""
    text = "".join(sign if sign.isprintable() else " " for sign in spoken(name))
    for kept in range(len(text), 0, -1):
        head, tail = text[: kept - kept // 3], text[len(text) - kept // 3 :]
        shown = text if kept == len(text) else f"{head}\N{HORIZONTAL ELLIPSIS}{tail}"
        if text_width(shown, TEXT) <= room:
            return shown
    return text[:1]
