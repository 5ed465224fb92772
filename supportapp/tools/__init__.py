"""What the assistant can do besides reading articles: look something up, or ask to have it done."""
