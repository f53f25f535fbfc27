"""What one column alone cannot say of the tables: rows that must have a partner in another table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lockin_sim.errors import unknown_name, unusable
from lockin_sim.world.tables import Table

#: Tables whose rows speak of the offer of a vendor in a domain.
_OF_OFFERS = ("quality", "areas", "partners", "events", "adoption", "users_base")


def check(t: Mapping[str, Table]) -> None:
    """Raises InputError for the first row that names no offer, or shares that do not sum to one."""
    offers = {f"{d}/{v}" for d, v in zip(t["offers"]["domain"], t["offers"]["vendor"], strict=True)}
    for name in _OF_OFFERS:
        for row, pair in enumerate(zip(t[name]["domain"], t[name]["vendor"], strict=True)):
            if pair[1] and "/".join(pair) not in offers:
                where = f"{name}.csv ({t[name].labels[row]}), offer of a vendor in a domain"
                raise unknown_name(where, found="/".join(pair), known=offers)
    events = t["events"]
    for label, vendor, sponsor in zip(events.labels, events["vendor"], events["sponsor"], strict=True):
        if bool(vendor) == bool(sponsor):
            where = f"events.csv ({label}), columns vendor, sponsor"
            raise unusable(where, found=(str(vendor), str(sponsor)), allowed="one of them")
    lenders = t["lenders"]
    for sponsor in t["sponsors"].labels:
        share = lenders["envelope_share"][lenders["sponsor"] == sponsor].sum()
        if not np.isclose(share, 1.0):
            where = f"lenders.csv, column envelope_share, lenders of {sponsor}"
            raise unusable(where, found=float(share), allowed="shares that sum to 1")
