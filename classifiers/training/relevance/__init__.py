"""Builds the weights of `classifiers.relevance`: which comments are about what they stand under."""
