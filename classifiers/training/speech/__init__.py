"""Fits the heads of `classifiers.speech` to items written by hand, and says how good they are."""
