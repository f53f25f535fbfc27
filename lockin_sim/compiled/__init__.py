"""Simulate the stages of a year in the lanes of a processor, with the compiler that makes them.

``stages`` implements those of ``engine``, from the same rules and decisions, and ``lanes`` compiles them.
``table`` lists them for :func:`~lockin_sim.common.engines.find_stages`; ``beforehand`` compiles everything
before anybody waits.  All need the extra ``fast``.  The rest of the package works without this folder.
"""
