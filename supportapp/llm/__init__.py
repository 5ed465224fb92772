"""The wire to models: protocols, values, errors and the clients that speak to model servers."""
