"""Pure types and transitions: no database, no clock, no network."""
