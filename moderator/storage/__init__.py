"""The database: connections, tables, migrations. Knows no rule, no platform and no page."""
