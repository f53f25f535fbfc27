"""Figures for pages that set the headline and note in their own type: the words apart from the picture."""

from __future__ import annotations

import base64
import io
from typing import NamedTuple

import matplotlib
from matplotlib.figure import Figure

from lockin_sim.plots.kit.saving import METADATA, of_few_colors
from lockin_sim.plots.kit.style import HEADLINE, NOTE

#: Larger drawings become dots of few colours: their outlines are long.
MOST_SVG_BYTES = 60_000
DPI = 144
COLORS = 64
CSS_DPI = 96


class Embedded(NamedTuple):
    """A figure's headline and note, and the picture without them.

    uri     data URI of an SVG, or of a PNG where the SVG would be large
    width, height  CSS pixels
    """

    headline: str
    note: str
    uri: str
    width: int
    height: int


def embedded(figure: Figure) -> Embedded:
    """The figure as a page embeds it, cropped to what is left without its words; it stays as it is."""
    texts = {text.get_gid(): text for text in figure.texts if text.get_gid() in (HEADLINE, NOTE)}
    said = {gid: _line(text.get_text()) for gid, text in texts.items()}
    for text in texts.values():
        text.set_visible(False)
    try:
        kind, drawn = "svg+xml", _drawn(figure, "svg")
        if len(drawn) > MOST_SVG_BYTES:
            kind, drawn = "png", of_few_colors(_drawn(figure, "png"), COLORS)
        box = figure.get_tightbbox()
    finally:
        for text in texts.values():
            text.set_visible(True)
    uri = f"data:image/{kind};base64,{base64.b64encode(drawn).decode('ascii')}"
    size = (round(CSS_DPI * inches) for inches in (box.width, box.height))
    return Embedded(said.get(HEADLINE, ""), said.get(NOTE, ""), uri, *size)


def _line(text: str) -> str:
    """The text on one line, without a break before a per cent sign."""
    return " ".join(text.split()).replace(" %", "\N{NO-BREAK SPACE}%")


def _drawn(figure: Figure, kind: str) -> bytes:
    """The bytes of a figure as a file of a kind, the same each time."""
    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "lockin_sim"}):
        figure.savefig(
            buffer, format=kind, dpi=DPI, bbox_inches="tight", pad_inches=0.04, metadata=METADATA[f".{kind}"]
        )
    return buffer.getvalue()
