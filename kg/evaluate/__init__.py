"""Evaluation: what is right and what is wrong, measured on annotated papers."""
