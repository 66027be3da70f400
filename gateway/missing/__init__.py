"""The register of missing services as people use it: what they send, what they may do, and the request letter."""
