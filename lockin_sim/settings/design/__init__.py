"""Build designs: tables of points, with a column for each parameter, lever setting or scenario that varies.

``ls.design.sobol({"switching_cost": (0, 10), "export_finance[CHN].envelope": (0, 60)}, n=1024)``
"""

from lockin_sim.settings.design.columns import Column, column, factor_title, word_title
from lockin_sim.settings.design.table import (
    ALWAYS,
    METHODS,
    Design,
    configure_point,
    grid,
    latin_hypercube,
    one_at_a_time,
    read_csv,
    sobol,
    table,
)

__all__ = [
    "METHODS",
    "Column",
    "Design",
    "column",
    "factor_title",
    "grid",
    "latin_hypercube",
    "one_at_a_time",
    "ALWAYS",
    "configure_point",
    "read_csv",
    "sobol",
    "table",
    "word_title",
]
