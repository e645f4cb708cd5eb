"""Repetition: the same comment again and again, by one account or by many."""
