"""What a comment does: it accuses somebody, it asks for help, and whom it speaks to."""
