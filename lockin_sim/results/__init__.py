"""Results in files: folders that are whole or not there, their datasets, and tables of the same numbers."""
