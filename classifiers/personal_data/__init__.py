"""Somebody's details in a comment: telephone numbers, addresses, account and document numbers."""
