"""Builds the bundled model `civility`: from public data and the base weights to a quantised file and its card."""
