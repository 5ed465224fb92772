"""Where the articles have gaps, what drifts, and which passages say the same or the opposite."""
