"""What was bought in a market in a year, USD bn."""

from dataclasses import dataclass, field


@dataclass
class Market:
    """What was bought in a market in a year, USD bn."""

    bought: list[float]
    pulled: list[float]
    counted: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(
            (
                *("renewed", "retained", "forced", "early", "surplus"),
                *("considered", "coverage_surplus", "paid"),
            ),
            0.0,
        )
    )
