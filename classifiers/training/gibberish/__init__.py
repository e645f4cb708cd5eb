"""Counts which letters follow each other in public comments, and weighs what a text shows against that."""
