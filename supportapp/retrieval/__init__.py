"""FIND THE PASSAGES: keyword and vector search, fused."""
