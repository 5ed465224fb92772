"""The pages of datasets and runs."""
