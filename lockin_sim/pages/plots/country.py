"""Draw a vendor's part of one economy's networks, on record and simulated."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.common.errors import unusable
from lockin_sim.common.formats import located, number, with_article
from lockin_sim.pages.plots.kit import style as kit
from lockin_sim.pages.plots.kit.figures import figure
from lockin_sim.pages.plots.kit.style import FAINT, INK, QUIET, SMALL, LineStyle
from lockin_sim.world.names import format_label

#: How the economy's own lines are drawn: as it is, and with a cause switched off from the present on.
_LOOKS = {
    "baseline": LineStyle(INK, "-", ""),
    "switching_cost": LineStyle("#7A3B00", (0, (5, 2)), ""),
    "tastes": LineStyle("#4B2A85", (0, (1.5, 1.5)), ""),
}

#: What their ends are called.
_ENDS = {"baseline": "as it is", "switching_cost": "if leaving were free", "tastes": "without lasting tastes"}


@figure(of="country", file="country")
def country_parts(country: xr.Dataset, *, title: str | None = None) -> Figure:
    """Draw a vendor's part of an economy's networks, its alternatives, and that of its income group.

    Parameters
    ----------
    country
        the data of :func:`lockin_sim.country`; of an economy without a contract on record only the range is
        drawn
    title
        the finding; by default the part in the last year
    """
    if not {"path", "part", "effect"} <= set(country.data_vars):
        raise unusable("country_parts, country", words="another dataset", allowed="the data of ls.country")
    shown = _lines(country)
    room = 0.3 + kit.compute_name_room([text for _, _, text in shown], SMALL)
    sheet, axes = kit.build_sheet(
        title or _finding(country),
        _note(country),
        width=5.6 + room,
        body=3.2,
        left=0.75,
        right=room,
        bottom=0.45,
        lead=0.3,
    )
    _draw(axes[0][0], country, shown)
    return sheet


def _recorded(country: xr.Dataset) -> bool:
    """Whether a contract of any operator is on record."""
    return bool(country.attrs["operators_recorded"])


def _lines(country: xr.Dataset) -> list[tuple[xr.DataArray, LineStyle, str]]:
    """Return the lines with their styles and end labels; without a record, that of the group alone."""
    present = country.attrs["present"]
    lines = []
    for arm, look in _LOOKS.items() if _recorded(country) else ():
        path = country["path"].sel(arm=arm)
        path = path if arm == "baseline" else path.sel(year=slice(present, None))
        lines.append((path, look, f"{number(100 * float(path[-1]), 0)} {_ENDS[arm]}"))
    groups = country.sel(place=country["place_kind"] == "group")
    for place in groups["place"].values[:1]:
        part = groups["part"].sel(place=place)
        end = f"{number(100 * float(part[-1]), 0)} {format_label('group', place)}"
        lines.append((part, LineStyle(QUIET, (0, (6, 2, 1.5, 2)), ""), end))
    return lines


def _draw(ax: Axes, country: xr.Dataset, shown: list[tuple[xr.DataArray, LineStyle, str]]) -> None:
    """Draw the range, the lines and the present."""
    years, present = country["year"].values, country.attrs["present"]
    low, high = (100 * country[f"path{end}"].sel(arm="baseline").values for end in ("_low", "_high"))
    kit.draw_band(ax, years, low, high, INK, 0.12)
    for line, look, _ in shown:
        ax.plot(line["year"], 100 * line, color=look.color, linestyle=look.dash, linewidth=1.6)
    ax.set_xlim(years[0], years[-1])
    ax.set_ylim(0, 104)
    ax.axvline(present, color=FAINT, linewidth=1.2, zorder=0)
    ax.text(present - 0.3, 103, f"to {present}", ha="right", va="top", fontsize=SMALL, color=QUIET)
    ax.set_ylabel("per cent", fontsize=SMALL, color=QUIET)
    kit.label_line_ends(
        ax, [kit.LineEnd(100 * float(line[-1]), text, look.color) for line, look, text in shown], 0.07
    )


def _whose(country: xr.Dataset) -> tuple[str, str, str]:
    """Return the names of the vendor, the layer and the economy."""
    vendor = format_label("vendor", str(country.attrs["vendors"]).split(" ")[0])
    where = with_article(format_label("country", country.attrs["country"]))
    return vendor, format_label("domain", country.attrs["domain"]), located(where)


def _finding(country: xr.Dataset) -> str:
    """Describe the part in the last year with its range; the range alone without a record."""
    vendor, layer, where = _whose(country)
    last, path = country["year"].values[-1], country.sel(arm="baseline").isel(year=-1)
    mean, low, high = (number(100 * float(path[f"path{end}"]), 0) for end in ("", "_low", "_high"))
    if not _recorded(country):
        part = low if low == high else f"{low} to {high}"
        return f"{vendor} may have {part} % of the {layer} {where} in {last}: nothing is on record"
    said, futures = f"{vendor} has {mean} % of the {layer} {where} in {last}", "in nine in ten futures"
    return f"{said} {futures}" if low == high else f"{said}, {futures} {low} to {high}"


def _note(country: xr.Dataset) -> str:
    """Describe what is drawn."""
    present, draws = country.attrs["present"], country.attrs["draws"]
    text = f"Grey: nine in ten of {draws} simulated futures"
    if not _recorded(country):
        alone = "No line of its own: a mean would say nothing of this economy"
        return f"{text}. {alone}. Dashed: its income group."
    causes = "leaving costs nothing, or lasting tastes are gone, from the next year on"
    met = f"Up to {present} futures meet the contracts on record"
    return f"{met}. {text}; lines: means, as it is and if {causes}."
