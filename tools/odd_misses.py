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
        f"**Mobile networks, the world and outside China**: within about {100 * distance:.0f} points; sales of "
        f"the world were fitted. ZTE outside China sells {beside('excluding_CHN', 'zte')}.",
        f"**China**: inside China Huawei sells {beside('CHN', 'huawei')}, with ZTE "
        f"{beside('CHN', 'huawei_zte')}. Read what is exported without China (`excluding_CHN`, `abroad`).",
        f"**Europe**: of what is installed Chinese vendors have {chinese_base_in_europe()} (4G); in the EU "
        f"they sell {beside('EU', 'huawei_zte')}. Their rise rests on the residual of section 10. What "
        "restrictions in Europe do is measured on that base, and is as good as it is.",
        "**Africa**: of what is installed Huawei has "
        f"{beside('Africa', 'huawei', measure='base', segment='ran_4g')} by the press (4G), "
        f"{beside('Africa', 'huawei', measure='base', segment='ran_3g')} (3G).",
        f"**Phones** in regions were not fitted: in Europe Apple sells "
        f"{beside('Europe', 'apple', domain='smartphone')}, Xiaomi "
        f"{beside('Europe', 'xiaomi', domain='smartphone')}; in five states of South-East Asia Chinese vendors "
        f"sell {beside('ASEAN5', 'chinese_vendors', domain='smartphone')}.",
        f"**Shops and clouds**: Amazon sells {beside('world', 'amazon', domain='e_commerce')} and "
        f"{beside('world', 'amazon', domain='cloud')}; both were fitted.",
        f"**Cards**: UnionPay has {beside('world', 'unionpay', domain='digital_payments')} in a record that "
        "counts purchases; the fit is to shares by value, with wallets and local schemes among them.",
        "**Cables**: SubCom, ASN and NEC together build "
        f"{beside('world', 'subcom_asn_nec', domain='submarine_cable')}; qualities of suppliers are equal and were not fitted.",
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
