"""Terms an office bans or wants to see, found as written or disguised."""
