"""One run of the model as plain loops, to read beside ODD.md and to compare engines with.

It shares with the package only the containers of a world and the random numbers.  Indices are those of the
description: d domain, i country, v vendor (slot of the domain), h sponsor, l lender, b body, s standard
family, j lot, g generation.  The sponsor of a vendor without one is None.
"""

from reference.run import Run

__all__ = ["Run"]
