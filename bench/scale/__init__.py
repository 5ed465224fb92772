"""Speed, memory and freshness at 1,000 to 1,000,000 passages: `python -m bench.scale`."""
