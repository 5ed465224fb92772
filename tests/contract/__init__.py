"""The product's clients against a real model server. `make test-model` runs these, nothing else."""
