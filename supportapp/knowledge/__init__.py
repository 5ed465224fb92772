"""WHAT WE KNOW: articles, their revisions and passages."""
