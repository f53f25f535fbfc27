"""Provide what every other room uses: errors, files, values, formats, random numbers, statistics."""
