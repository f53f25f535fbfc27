"""What an explanation is: a dataset, a sentence, and how both are printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lockin_sim import notebook
from lockin_sim.agents import Country
from lockin_sim.conventions import Floats
from lockin_sim.model.decisions import Terms
from lockin_sim.world import names

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Explanation:
    """One decision, explained.

    data      dataset over (vendor, term), best offer first: ``terms`` in utility units; and over (vendor):
              ``utility`` (their sum, -inf for an offer that may not be taken), ``probability``, and what else
              this kind of buyer decides on
    sentence  what happened, in words
    """

    data: xr.Dataset
    sentence: str

    def __str__(self) -> str:
        """The sentence and the table, best offer first."""
        columns, rows = self._table()
        first = max([12, *(len(vendor) + 2 for vendor, _ in rows)])
        widths = [max(10, len(column) + 2) for column in columns]
        lines = [" " * first + "".join(f"{c:>{w}}" for c, w in zip(columns, widths, strict=True))]
        for vendor, numbers in rows:
            cells = (f"{x:>{w}.3f}" for x, w in zip(numbers, widths, strict=True))
            lines.append(f"{vendor:<{first}}" + "".join(cells))
        return "\n".join([self.sentence, "", *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """For notebooks."""
        columns, rows = self._table()
        cells = ([vendor, *(f"{x:.2f}" for x in numbers)] for vendor, numbers in rows)
        return notebook.sentence(self.sentence) + "\n" + notebook.table(["", *columns], cells)

    def _table(self) -> tuple[list[str], list[tuple[str, list[float]]]]:
        """Heads of the columns, and each vendor's numbers; terms that are nothing for all are left out."""
        d = self.data
        counts = (d.terms != 0).any("vendor").values
        by_vendor = [str(name) for name, values in d.data_vars.items() if values.dims == ("vendor",)]
        shown = [name for name in by_vendor if d[name].dtype.kind == "f"]
        columns = [*d.term.values[counts].tolist(), *shown]
        numbers = np.column_stack([d.terms.values[:, counts], *(d[name].values for name in shown)])
        numbers[np.abs(numbers) < 5e-4] = 0.0  # no minus before what is shown as nothing
        called = [names.name_of("vendor", v) for v in d.vendor.values]
        return columns, [(name, row.tolist()) for name, row in zip(called, numbers, strict=True)]


def told(
    country: Country,
    d: int,
    sentence: str,
    terms: Terms,
    by_vendor: dict[str, tuple[NDArray[Any], str]],
    best: Floats,
    **attrs: object,
) -> Explanation:
    """The explanation of a decision in a domain.

    terms      of the offers, (vendor,) each, or numbers
    by_vendor  values and unit by name, (vendor,)
    best       (vendor,), what the vendors are sorted by, the largest first
    attrs      of the dataset, beside those that it always has
    """
    import xarray as xr

    model = country.model
    world = model.world
    used = np.flatnonzero(world.slot_vendor[d] >= 0)
    order = used[np.argsort(-best[used], kind="stable")]
    table = np.stack([np.broadcast_to(term, best.shape) for term in terms], axis=-1)
    variables: dict[str, Any] = {"terms": (("vendor", "term"), table[order], {"units": "utility"})}
    variables |= {name: ("vendor", values[order], {"units": u}) for name, (values, u) in by_vendor.items()}
    return Explanation(
        xr.Dataset(
            variables,
            coords={
                "vendor": [world.vendors[v] for v in world.slot_vendor[d, order]],
                "term": list(Terms._fields),
            },
            attrs={
                "country": country.label,
                "domain": world.domains[d],
                "buyer": world.buyer[d],
                "year": model.year,
                "noise_scale": model.parameters.noise_scale,
                **attrs,
            },
        ),
        sentence,
    )


def opening_of(country: Country, d: int) -> str:
    """Where and when, in words."""
    return (
        f"{name_of(country)} {country.model.year}, {names.name_of('domain', country.model.world.domains[d])}"
    )


def name_of(country: Country) -> str:
    """The name of a country in English, or its label."""
    called = country.model.world.called
    return next((name for name, label in called.items() if label == country.label), country.label)


def label_of(country: Country, d: int, slot: int) -> str:
    """The label of the vendor in a slot."""
    world = country.model.world
    result: str = world.vendors[world.slot_vendor[d, slot]]
    return result


def vendor_of(country: Country, d: int, slot: int) -> str:
    """What the vendor in a slot is called."""
    return names.name_of("vendor", label_of(country, d, slot))


def per_cent(share: float) -> str:
    """A share in words, such as ``37 %``."""
    return f"{100 * share:.0f} %"
