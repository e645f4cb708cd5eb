"""Letters without a meaning: keyboards that were hit, and random strings."""
