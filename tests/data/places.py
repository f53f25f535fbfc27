"""Where labels and years stand in the arrays of a world, and folders of tables with a change in them."""

import re
from pathlib import Path

import numpy as np

from lockin_sim.world.cache import get_array_axes
from lockin_sim.world.schema import DATA

#: The tables of another case.
CASE = Path(__file__).parents[2] / "experiments" / "gsm_and_cdma" / "world"


class Places:
    """Positions of labels."""

    def __init__(self, world):
        self.world = world
        self.i = {code: i for i, code in enumerate(world.countries)}
        self.d = {domain: d for d, domain in enumerate(world.domains)}
        self.h = {sponsor: h for h, sponsor in enumerate(world.sponsors)}
        self.of = {
            "domain": world.domains, "country": world.countries, "sponsor": world.sponsors,
            "vendor_sponsor": world.sponsors, "standard": world.standards, "body": world.body_names,
            "lender": world.lenders.names,
        }  # fmt: skip

    def v(self, domain, vendor):
        return int(
            np.flatnonzero(self.world.slot_vendor[self.d[domain]] == self.world.vendors.index(vendor))[0]
        )

    def number(self, conditions, name, year, *labels):
        """What stands in an array of conditions: for a year and a label of each of its other axes."""
        _, *axes = get_array_axes(conditions)[name]
        domain = labels[axes.index("domain")] if "domain" in axes else ""
        places = [
            self.v(domain, label) if axis == "vendor" else self.of[axis].index(label)
            for axis, label in zip(axes, labels, strict=True)
        ]
        return getattr(conditions, name)[(step(year), *places)].item()


def step(year):
    """The place of a year."""
    return year - 2010


def linked(folder, tables=DATA):
    """A folder with links to the files of some tables."""
    for file in tables.rglob("*.*"):
        if file.suffix in (".csv", ".toml", ".bib") and "posterior" not in file.parts:
            (place := folder / file.relative_to(tables)).parent.mkdir(exist_ok=True)
            place.symlink_to(file)
    return folder


def changed(folder, file, old, new, count=1):
    """The folder with something else in one of its files; count 0: as often as it stands there."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    if isinstance(old, str):
        old, new = re.compile(re.escape(old)), new.replace("\\", r"\\")
    after, found = old.subn(new, text, count=count)
    assert found, (file, old)
    path.unlink()
    path.write_text(after, encoding="utf-8")
    return folder
