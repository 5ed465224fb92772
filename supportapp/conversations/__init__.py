"""A CUSTOMER ASKS: conversations, turns, and how they reach the browser."""
