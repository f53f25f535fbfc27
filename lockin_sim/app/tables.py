"""Tables and bars of the page as HTML, everything escaped that comes from somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup, escape

from lockin_sim.app.words import Answer, Row
from lockin_sim.reader import estimate
from lockin_sim.studies.chain.answer import answer as chain_answer
from lockin_sim.studies.chain.answer import group_in
from lockin_sim.wording import effect_digits, opening, signed

if TYPE_CHECKING:
    import xarray as xr


def answer_html(answers: list[Answer], caution: str) -> str:
    """The answers, with price and doubt of each beside it; what holds for all of them last."""
    parts = []
    for each in answers:
        facts = [("Who pays", each.price), ("Leans on", each.leans)]
        facts += [("How sure", caution)] if len(answers) == 1 else []
        rows = Markup("").join(
            Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(*fact) for fact in facts if fact[1]
        )
        parts.append(Markup('<article><p class="says">{}</p><dl>{}</dl></article>').format(each.says, rows))
    if len(answers) > 1:
        parts.append(Markup('<p class="note">How sure: {}</p>').format(caution))
    return str(Markup("").join(parts))


def comparison_html(titles: list[str], rows: list[Row]) -> str:
    """Policies side by side; what chance alone could do is pale."""
    heads = Markup("").join(Markup('<th scope="col">{}</th>').format(title) for title in titles)
    body = []
    for row in rows:
        cells = Markup("").join(
            Markup('<td class="{}" data-label="{}"><b>{}</b> <small>{}</small></td>').format(
                "clear" if clear else "unclear", title, mean, ends
            )
            for title, (mean, ends, clear) in zip(titles, row.cells, strict=True)
        )
        unit = Markup(" <small>{}</small>").format(row.unit) if row.unit else ""
        body.append(Markup('<tr><th scope="row">{}{}</th>{}</tr>').format(row.title, unit, cells))
    return str(
        Markup(
            '<table><thead><tr><th scope="col">Change from the baseline</th>{}</tr></thead>'
            "<tbody>{}</tbody></table><p class='note'>Means over runs with 95 % intervals. "
            "Pale: chance alone could do it.</p>"
        ).format(heads, Markup("").join(body))
    )


def chain_html(chain: xr.Dataset, year: int) -> str:
    """Every link from first mover to standard: what is left of the lead as a bar, and the answer in words."""
    place = group_in(chain, None)
    bodies = [str(p) for p in chain["place"].values][int(chain.attrs["groups"])]
    first = int(chain["year"].values[0])
    alternative = str(chain["alternative"].values[0])
    steps = [_step(chain, alternative, "base", place, bodies, first, f"The lead, given in {first}")]
    for name in map(str, chain["quantity"].values):
        title = opening(str(chain["quantity_label"].sel(quantity=name).item()))
        steps.append(_step(chain, alternative, name, place, bodies, year, title))
    most = max((abs(mean) for _, mean, _, _ in steps if np.isfinite(mean)), default=1.0) or 1.0
    rows = Markup("").join(
        Markup(
            '<li class="{}"><span>{}</span><i style="--from: {:.1f}%; --wide: {:.1f}%"></i><b>{}</b></li>'
        ).format("clear" if clear else "unclear", title, *_bar(mean, most), numbers)
        for title, mean, clear, numbers in steps
    )
    words = Markup("").join(Markup("<p>{}</p>").format(text) for text in chain_answer(chain, year=year))
    return str(
        Markup(
            "<ol class='chain'>{}</ol><p class='note'>Percentage points in {}, with 95 % intervals, {} runs "
            "so far. Pale: chance alone could do it.</p>{}"
        ).format(rows, year, int(chain.attrs["runs"]), words)
    )


def _step(
    chain: xr.Dataset, alternative: str, quantity: str, place: str, bodies: str, year: int, title: str
) -> tuple[str, float, bool, str]:
    """Title, mean, whether it is more than chance could, and numbers of one link."""
    at: dict[str, Any] = {
        "alternative": alternative, "change": "lead", "quantity": quantity, "year": year,
    }  # fmt: skip
    level = float(chain["level"].sel(alternative=alternative, quantity=quantity, year=year, place=place))
    found = estimate(chain, 100.0, place=place if np.isfinite(level) else bodies, **at)
    if not found.known:
        return title, np.nan, False, "not defined"
    digits = min(effect_digits(*found), 2)
    mean, low, high = (signed(value, digits) for value in found)
    return title, found.mean, bool(found.distinct), f"{mean} [{low}, {high}]"


def _bar(mean: float, most: float) -> tuple[float, float]:
    """Where a bar begins and how wide it is, per cent; zero stands at a fifth."""
    size = 0.0 if np.isnan(mean) else mean / most
    wide = abs(size) * (80.0 if size > 0 else 20.0)
    return (20.0 if size > 0 else 20.0 - wide), wide


def key_html(steps: list[tuple[str, str]]) -> str:
    """Colours of a map and what they mean."""
    parts = [Markup('<li><i style="background: {}"></i>{}</li>').format(color, text) for color, text in steps]
    return str(Markup("<ul class='key'>{}</ul>").format(Markup("").join(parts)))


def message_html(text: str) -> str:
    """A message to the visitor; nothing for none."""
    return str(Markup('<p role="alert">{}</p>').format(text)) if text else ""


def told(text: str) -> str:
    """A paragraph."""
    return f"<p>{escape(text)}</p>"
