"""The Standard Webhooks connector: signed comments in, signed actions out."""
