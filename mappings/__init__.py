"""**mappings** translate: canonical types, identifiers and the documents that turn one form into another."""
