"""A search: which packages of levers serve several goals at once, and which levers can wait."""
