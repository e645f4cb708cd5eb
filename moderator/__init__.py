"""What happens to a comment, from the moment it comes in until its record is closed.

Nothing in this package knows Flask; `webui` is the only way in over HTTP.
"""
