"""The site's configuration as one document: read, compared, proposed, approved, applied, rolled back."""
