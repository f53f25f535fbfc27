"""What a hindcast must show: each number with the region it is to lie in."""

from __future__ import annotations

import math
from typing import NamedTuple


class Target(NamedTuple):
    """A region for a number, and what the record says where it says it in the same terms."""

    domain: str
    low: float
    high: float
    recorded: float
    what: str


def _most(domain: str, high: float, what: str, recorded: float = math.nan) -> Target:
    return Target(domain, -math.inf, high, recorded, what)


def _least(domain: str, low: float, what: str, recorded: float = math.nan) -> Target:
    return Target(domain, low, math.inf, recorded, what)


def _near(domain: str, recorded: float, by: float, what: str) -> Target:
    return Target(domain, recorded - by, recorded + by, recorded, what)


MOBILE, PHONES, SHOPS, CLOUDS, PAYMENTS = (
    "mobile_network", "smartphone", "e_commerce", "cloud", "digital_payments",
)  # fmt: skip

#: Names of scores and what they are to be.
TARGETS: dict[str, Target] = {
    "mobile_sales_error": _most(MOBILE, 2.5, "points; mean error of the main series of sales"),
    "mobile_sales_worst": _most(MOBILE, 7, "points; worst of them"),
    "chinese_base_europe": Target(MOBILE, 0.4, 0.6, 0.52, "Chinese share of the base of Europe, 2020"),
    "chinese_base_africa": Target(MOBILE, 0.5, 0.8, 0.7, "of Africa"),
    "chinese_base_japan": _most(MOBILE, 0.1, "of Japan"),
    "chinese_sales_eu": _near(MOBILE, 0.4, 0.12, "Chinese share of sales in the EU, 2019"),
    "huawei_revenue_worst": _most(MOBILE, 8, "points; worst region of Huawei's revenue of 2012"),
    "networks_spread": Target(MOBILE, 0.28, 0.4, 0.3, "standard deviation over recorded economies in one run"),
    "networks_at_zero": Target(MOBILE, 0.1, 0.35, 0.375, "recorded economies without Chinese networks"),
    "networks_covered": _least(MOBILE, 0.8, "recorded shares within 90 % of runs"),
    "networks_change": Target(MOBILE, 5, 13, 5.5, "points; mean change of the Chinese share, 2020 to 2022 or 2024"),
    "retention_eu": _least(MOBILE, 0.6, "value renewed that the incumbent kept, EU, 2011 to 2023"),
    "first_mover_2035": _least(MOBILE, 0.25, "largest vendor of 2010 still largest in 2035"),
    "one_vendor_mobile_network": _most(MOBILE, 0.6, "economies with one vendor over 90 %, 2050"),
    "restrictions_auc_2020": _least(MOBILE, 0.87, "who restricts by 2020: area under the curve"),
    "restrictions_auc_2023": _least(MOBILE, 0.87, "who restricts by 2023: area under the curve"),
    "restrictions_brier_2020": _most(MOBILE, 0.11, "who restricts by 2020: Brier score"),
    "restrictions_brier_2023": _most(MOBILE, 0.11, "who restricts by 2023: Brier score"),
    "restricting_worst": _most(MOBILE, 0.35, "worst relative error of the number restricting, 2018 to 2023"),
    "loans_rank": _least("all", 0.55, "rank correlation of Chinese loans by recipient, 2010 to 2020"),
    "phones_error": _most(PHONES, 3, "points; mean error of the world's sales, among makers recorded"),
    "phones_top_share": Target(PHONES, 0.35, 0.6, math.nan, "mean share of the largest maker, 2020"),
    "phones_chinese_asean": _near(PHONES, 0.6, 0.1, "Chinese phones in ASEAN-5, 2019"),
    "clouds_error": _most(CLOUDS, 3, "points; mean error of the world's sales"),
    "shops_error": _most(SHOPS, 3, "points; mean error of the world's sales"),
    "cards_error": _most(PAYMENTS, 3, "points; mean error of the world's volume, among networks recorded"),
    "mpesa_kenya": _least(PAYMENTS, 0.6, "M-Pesa in Kenya, 2020"),
    "drift_e_commerce": _most(SHOPS, 5, "points; largest change of a share of the world to 2050"),
    "drift_digital_payments": _most(PAYMENTS, 5, "points; largest change of a share of the world to 2050"),
    "drift_cloud": _most(CLOUDS, 5, "points; largest change of a share of the world to 2050"),
    "drift_smartphone": _most(PHONES, 5, "points; largest change of a share of the world to 2050"),
    "drift_mobile_network": _most(MOBILE, 5, "points; largest change of a share of the world to 2050"),
}
