"""Tells comments that repeat a claim which somebody checked and rated false or misleading."""
