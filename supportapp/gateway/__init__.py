"""Which models there are, what they may cost, and what every call came to."""
