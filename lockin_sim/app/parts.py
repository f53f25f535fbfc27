"""Building blocks of the page: texts, cards, buttons and downloads."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import panel as pn

from lockin_sim.common.prose import render_element

#: Of whatever fills the width that it has.
WIDE: dict[str, Any] = {"sizing_mode": "stretch_width"}

#: How what is shown looks while it is not about what is set.
FADED, PLAIN = {"opacity": "0.5", "filter": "grayscale(1)"}, {"opacity": "1", "filter": "none"}


@cache
def read_template(name: str) -> str:
    """Read a text file of the folder ``template``; cached."""
    return (files("lockin_sim.app") / "template" / name).read_text(encoding="utf-8")


def build_html_pane(text: str = "", margin: Any = 0, *, wide: bool = True) -> Any:
    """Build a pane of HTML; ``wide`` lets the pane fill the available width."""
    how = WIDE if wide else {}
    return pn.pane.HTML(text, stylesheets=[read_template("parts.css")], margin=margin, **how)


def build_small_print(text: str) -> Any:
    """Build a line of small print to put beneath a control."""
    return build_html_pane(render_element("app.small", text=text), (0, 10, 4, 10))


def build_flow_row(*parts: Any, align: str = "start") -> Any:
    """Place parts side by side, and on further lines where the width does not suffice.

    Panel's own FlexBox evaluates text as JavaScript, which the page's Content-Security-Policy forbids.
    """
    flow = f":host {{ display: flex; flex-flow: row wrap; align-items: {align}; }}"
    return pn.Column(*parts, stylesheets=[flow], margin=0, **WIDE)  # a Row would ask for room for all


def build_card(*parts: Any, title: str, collapsed: bool = False) -> Any:
    """Build a card of controls under a title that folds them away."""
    return pn.Card(
        *parts,
        header=build_html_pane(render_element("app.title", text=title), (2, 6), wide=False),
        collapsed=collapsed,
        stylesheets=[read_template("card.css")],
        margin=(0, 4, 10, 4),
        **WIDE,
    )


def build_button(label: str, does: Callable[[], Any], *, first: bool = False) -> Any:
    """Build a button that calls ``does`` when clicked; ``first`` marks the main button of a part."""
    kind = "primary" if first else "default"
    widget = pn.widgets.Button(label=label, color=kind, stylesheets=[read_template("button.css")])
    widget.on_click(lambda event: does())
    return widget


def build_download_button(callback: Callable[[], io.StringIO], filename: str, label: str, **how: Any) -> Any:
    """Build a button that saves a file in the browser; ``callback`` creates the file on each click."""
    sheet = [read_template("button.css")]
    return pn.widgets.FileDownload(
        callback=callback, filename=filename, label=label, stylesheets=sheet, **how
    )


def fade(part: Any, faded: bool = True) -> None:
    """Fade a part of the page whose content does not match the present settings, or restore the part.

    Buttons and downloads inside a faded part are disabled.
    """
    part.styles = FADED if faded else PLAIN
    for save in part.select(lambda each: isinstance(each, (pn.widgets.Button, pn.widgets.FileDownload))):
        save.disabled = faded
