"""Everything over HTTP. The only package that imports Flask."""
