"""The product's search beside those of other libraries, in one run: `make bench-retrieval`.

Two environments take part. `python -m bench.peers` runs in the product's own: it starts throw-away
servers, searches with the product, and starts `bench.peers.worker` in the peers' environment, which
knows neither Django nor the product's database code. Both leave rankings in files of TREC's form;
all figures are computed from these by the same code.
"""
