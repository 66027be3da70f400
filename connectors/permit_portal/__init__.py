"""The national permit portal: searching permits, and reporting the municipality's decisions as an issuer."""
