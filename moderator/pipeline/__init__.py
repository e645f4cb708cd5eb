"""One comment's walk, one file per arrow: ingest, classify, decide, triage, act.

Steps take the session and never commit; only entry points open transactions, and none is open
while a model runs or a platform answers.
"""
