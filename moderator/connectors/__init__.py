"""One folder per platform. Connectors speak its language and decide nothing; `registry` finds them by name."""
