"""How well the guards hold: attacks from files, and answers made from articles."""
