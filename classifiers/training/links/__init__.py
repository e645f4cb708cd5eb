"""Weighs the signs of `classifiers.links`: from weights set by hand, as far as rows speak against them."""
