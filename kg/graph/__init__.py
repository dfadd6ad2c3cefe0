"""The graph: built, checked against the schema, saved and loaded, laid out."""
