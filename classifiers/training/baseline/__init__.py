"""Fits the baseline from public sets and our own items."""
