"""Builds and judges the model of `classifiers.claims` on items written for it by hand."""
