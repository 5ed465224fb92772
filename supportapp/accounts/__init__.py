"""WHO SIGNS IN: a second factor for staff, and sessions that end when nobody is there."""
