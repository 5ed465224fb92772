"""Ask your data: staff's questions over read-only views of what the product keeps."""
