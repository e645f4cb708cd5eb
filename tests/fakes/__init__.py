"""Platforms to test against: real servers on real sockets that keep the platforms' contracts."""
