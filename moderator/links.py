"""The sites that a text links to, by name alone: nothing here is ever looked up or fetched."""

from classifiers.links.written import hosts

__all__ = ["hosts"]
