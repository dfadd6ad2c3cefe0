"""Evaluation: the project's own figures on annotated papers, one module a stage."""
