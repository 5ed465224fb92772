"""Benchmarks of the flywheel: staff's pages on a long past, and signals over a worker's death."""
