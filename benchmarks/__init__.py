"""How fast the service is, measured on the machine at hand and printed. Nothing here is a test: no figure can fail.

One module per benchmark, each with a `run(options)` that prints a table. `stage` sets up what they measure.
"""
