"""WHAT MUST HAPPEN NEXT: work promised in a transaction, done once by the worker."""
