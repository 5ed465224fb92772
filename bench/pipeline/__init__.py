"""How long our own work takes between a customer's frame and the request to the model."""
