"""A comparison as one page: the question, the answer, and the doubt; and an annex with all the rest.

:class:`Comparison` makes the studies of ``lockin compare`` or opens those of a folder, and has their tables,
figures and pages.  Sentences are computed from the datasets, so that they hold for any comparison; figures
are those of :mod:`lockin_sim.plots`, embedded.
"""

from lockin_sim.report.comparison import Comparison
from lockin_sim.report.evidence import Evidence

__all__ = ["Comparison", "Evidence"]
