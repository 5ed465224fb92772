"""What people approved becomes training data, and a fine-tuned model that must prove itself."""
