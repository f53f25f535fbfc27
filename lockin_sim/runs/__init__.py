"""Execute many runs.

A job is divided into units, some points or cases with some runs each.  Units are computed in this process, on
several, or on a cluster, and returned as they finish; the caller joins them in memory or saves them in a
store, one file each.  Results depend on none of this.
"""
