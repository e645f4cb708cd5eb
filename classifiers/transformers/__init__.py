"""Any sequence classifier of the Hugging Face kind, from a folder on this machine or by name."""
