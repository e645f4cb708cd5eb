"""How well classifiers do on rows that people have labelled: measured, compared, drawn. Knows no database."""
