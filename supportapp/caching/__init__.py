"""Remembering answers: questions asked before, in other words, and answers that people approved."""
