"""The page's own texts of style and layout, and panes of HTML in that style."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import panel as pn
from markupsafe import escape

#: Of whatever fills the width that it has.
WIDE: dict[str, Any] = {"sizing_mode": "stretch_width"}


@cache
def text_of(name: str) -> str:
    """A file of the folder ``template``."""
    return (files("lockin_sim.app") / "template" / name).read_text(encoding="utf-8")


def html(text: str = "") -> Any:
    """A pane of HTML."""
    return pn.pane.HTML(text, stylesheets=[text_of("parts.css")], margin=0, **WIDE)


def small(text: str) -> Any:
    """Small print beneath a control.  text: HTML"""
    return pn.pane.HTML(
        f"<small>{text}</small>", stylesheets=[text_of("parts.css")], margin=(0, 10, 4, 10), **WIDE
    )


def abreast(*parts: Any, align: str = "start") -> Any:
    """Parts beside each other, in further lines where there is no room.

    Panel's own FlexBox evaluates text as JavaScript, which the page's Content-Security-Policy forbids.
    """
    flow = f":host {{ display: flex; flex-flow: row wrap; align-items: {align}; }}"
    return pn.Column(*parts, stylesheets=[flow], margin=0, **WIDE)  # a Row would ask for room for all


def card(*parts: Any, title: str, collapsed: bool = False) -> Any:
    """Some controls under a title, which folds them away."""
    header = pn.pane.HTML(f"<b>{escape(title)}</b>", stylesheets=[text_of("parts.css")], margin=(2, 6))
    return pn.Card(
        *parts,
        header=header,
        collapsed=collapsed,
        stylesheets=[text_of("card.css")],
        margin=(0, 4, 10, 4),
        **WIDE,
    )


def button(label: str, *, first: bool = False) -> Any:
    """A button; first: what somebody who looks at this part will want."""
    kind = "primary" if first else "default"
    return pn.widgets.Button(label=label, color=kind, stylesheets=[text_of("button.css")])


def download(callback: Callable[[], io.StringIO], filename: str, label: str, **how: Any) -> Any:
    """A button that lets the browser save a file, which is made when it is clicked."""
    sheet = [text_of("button.css")]
    return pn.widgets.FileDownload(
        callback=callback, filename=filename, label=label, stylesheets=sheet, **how
    )
