"""How well questions are grouped, on public questions whose intents people labelled."""
