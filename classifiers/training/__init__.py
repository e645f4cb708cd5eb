"""Builds the weights of the bundled models from public data sets and our own items. Never imported at run time."""


class Lack(Exception):
    """Training cannot go on; the message is one line that says what is missing."""
