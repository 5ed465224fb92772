"""ARE WE GETTING BETTER: datasets, metrics and benches."""
