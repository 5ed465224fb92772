"""WHAT PEOPLE SAID, WHAT WE DECIDED: feedback, the review queue, annotations."""
