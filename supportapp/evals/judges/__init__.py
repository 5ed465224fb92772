"""Scores that a model gives, each by a prompt of its own in `evals/prompts/`."""
