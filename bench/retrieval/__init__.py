"""What the search's numbers were chosen on, and the commands that chose them."""
