"""Machine work as rows: claimed by lease, done in batches, finished in the same commit as its result.

The database is the truth. A doorbell only says that there may be work.
"""
