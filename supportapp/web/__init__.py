"""WHAT EVERY PAGE SHARES: headers, limits, logs, health, error pages."""
