"""The small model that every installation has: hashed words and letters, one logistic output per label."""
