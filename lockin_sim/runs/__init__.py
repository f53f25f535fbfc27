"""Many runs: one executor under everything that takes long.

A job is cut into units, some points or cases with some runs each.  Units are computed in this process, by
several, or on a cluster, and come back as they are done; who asked joins them in memory or keeps them in a
store, a file a unit.  The numbers depend on none of this.
"""
