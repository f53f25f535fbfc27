"""The compiled engine: stages of a year in the lanes of a processor, and the compiler that makes them.

``stages`` are those of ``engine``, from the same rules and decisions, and ``lanes`` is their compiler.
``table`` lists who does each stage, for :func:`~lockin_sim.engine.schedule.find_stages`; ``beforehand``
compiles everything before anybody waits.  All need the extra ``fast``.  The rest of the package works without
this folder.
"""
