"""Training: annotated papers -> a model folder. Importing the package needs no torch; `kg.train.run.train` does (extra `train`)."""
