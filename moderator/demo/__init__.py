"""The demonstration: an invented office, its guidelines, its channels, and comments that take the real way in.

Nothing outside this package knows that it exists, but for the command that starts it.
"""
