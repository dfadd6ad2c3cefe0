"""What flows between the stages: records, the graph's schema, ids, errors, whole-or-nothing writing. Imports nothing of ours."""
