"""Tags of the customer's pages."""
