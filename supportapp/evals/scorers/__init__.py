"""Scorers that need no model, each in its module; `catalogue` says what each one tells."""
