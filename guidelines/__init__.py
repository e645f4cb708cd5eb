"""What is allowed: published rules as data, and the pure functions that read, check and apply them.

Nothing here knows models, databases or HTTP. Label names are the only joint with the rest.
"""
