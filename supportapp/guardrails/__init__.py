"""What may come in, what a model may see, and what may go out. Each check is a named unit."""
