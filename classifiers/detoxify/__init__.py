"""The published Detoxify models, through the `detoxify` package."""
