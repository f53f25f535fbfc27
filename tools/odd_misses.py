"""What the model misses, in words: the numbers are those of the table that ``odd_fit`` makes."""

from __future__ import annotations

from textwrap import fill

from odd_fit import comparisons


def chinese_base_in_europe() -> str:
    """Huawei's and ZTE's part of mobile networks in Europe."""
    return beside("Europe", "huawei", "zte", measure="base")


def misses() -> str:
    """Where the baseline leaves the record, as a list."""
    distance = max(
        abs(c.simulated - c.reported)
        for c in comparisons()
        if c.domain == "mobile_network" and c.scope in ("world", "excluding_CHN")
    )
    bullets = (
        f"**Mobile networks, the world and outside China**: within about {100 * distance:.0f} points, after "
        f"tuning. ZTE outside China sells {beside('excluding_CHN', 'zte')}.",
        f"**China**: inside China Huawei sells {beside('CHN', 'huawei')}, with ZTE "
        f"{beside('CHN', 'huawei_zte')}. What is exported is best read without China (`excluding_CHN`).",
        f"**Europe**: of what is installed Chinese vendors have {chinese_base_in_europe()} (4G); in the EU "
        f"they sell {beside('EU', 'huawei_zte')}. The base of 2010 is spread by affinity in UN votes, which "
        "puts European states far from China, and network and switching terms then keep it there. "
        "**Scenarios about restrictions in Europe therefore move too little in the model**, and what they "
        "cost it cannot say (see below).",
        "**Africa**: of what is installed Huawei has "
        f"{beside('Africa', 'huawei', measure='base', segment='ran_4g')} by the press (4G), "
        f"{beside('Africa', 'huawei', measure='base', segment='ran_3g')} (3G).",
        f"**Clouds**: Amazon sells {beside('world', 'amazon', domain='cloud')}. **Surveillance**: Hikvision "
        f"sells {beside('world', 'hikvision', domain='smart_city')}, with Dahua "
        f"{beside('world', 'hikvision_dahua', domain='smart_city')}. Neither domain was tuned.",
        f"**Smartphones**: in Europe Apple sells {beside('Europe', 'apple', domain='smartphone')}; "
        f"BlackBerry in 2011 the world over {beside('world', 'blackberry', domain='smartphone')}. "
        f"**E-commerce**: Amazon sells {beside('world', 'amazon', domain='e_commerce')}, Alibaba "
        f"{beside('world', 'alibaba', domain='e_commerce')}; the record counts the value of goods, and all "
        "online retail. **Cards**: UnionPay sells "
        f"{beside('world', 'unionpay', domain='digital_payments')}, by number of purchases.",
    )
    return "\n".join(
        fill(text, 118, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)
        for text in bullets
    )


def beside(
    scope: str, *vendors: str, domain: str = "mobile_network", measure: str = "sales", segment: str = ""
) -> str:
    """The simulated share of some vendors together, and the reported one.

    segment  which row, where the table has several of a vendor
    Raises KeyError unless the table has one row for each vendor.
    """
    rows = [
        c
        for c in comparisons()
        if (c.domain, c.scope, c.measure) == (domain, scope, measure)
        and c.vendor in vendors
        and segment in ("", c.segment)
    ]
    if len(rows) != len(vendors):
        raise KeyError(f"{len(rows)} rows of {domain}, {scope}, {measure} for {', '.join(vendors)}")
    simulated, reported = sum(c.simulated for c in rows), sum(c.reported for c in rows)
    return f"{100 * simulated:.0f} % where {100 * reported:.0f} % are reported"
