"""The model itself: what changes, how each decision is composed, and where everything starts."""
