"""What recorded facts are about, whether anything was fitted to them, and what one of them is."""

from __future__ import annotations

from typing import NamedTuple

from lockin_sim.analysis.validation.asked import MOBILE, Question

#: What may have been fitted to, and what was kept aside: whole economies, and years after 2020.
FITTED, ECONOMY, YEAR = "fitted", "economy kept aside", "year kept aside"
SPLITS = (FITTED, ECONOMY, YEAR)

#: The last year of which facts may be fitted to.
LAST_FITTED = 2020

#: Subjects of shares by domain: of sales, and of what is installed.
SALES = {
    MOBILE: "sales of mobile networks",
    "smartphone": "sales of phones",
    "cloud": "sales of clouds",
    "e_commerce": "online retail",
    "digital_payments": "cards",
    "smart_city": "sales of surveillance cameras",
}
#: Sales of phones anywhere but in the world as a whole.
PLACES = "phones by place"
REGIONS, FIRST, LATER, CHANGE = (
    "networks of regions", "country shares", "5G shares after 4G", "change of country shares",
)  # fmt: skip
BY_2020, BY_2023, COUNTED = "restricts by 2020", "restricts by 2023", "number restricting"
BORROWS, LOANS, WATCHED, SUPPLIERS = (
    "borrows from China", "Chinese loans", "Chinese surveillance", "cables by supplier",
)  # fmt: skip
LAWS, GALILEO, VOTES = "privacy laws", "Galileo in phones", "votes in the UN"


class Fact(NamedTuple):
    """One recorded number.

    subject   what it is about, a name that facts scored together share
    question  what is asked of a run
    recorded  the number: a share, a count, USD m, or 1 for what happened and 0 for what did not
    split     one of :data:`SPLITS`
    cluster   facts of one cluster depend on each other: one economy, or one market in one year
    source    key of ``sources.bib``, or the table
    """

    subject: str
    question: Question
    recorded: float
    split: str
    cluster: str
    source: str
