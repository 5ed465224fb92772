"""READ WHAT STAFF HAVE: Markdown, JSONL, CSV, XLSX, HTML, PDF and Word files become records."""
