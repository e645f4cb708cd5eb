"""Builds the weights of the bundled models from public data sets and our own items. Never imported at run time."""
