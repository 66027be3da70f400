"""Shared code tables: what an agency's codes mean, since when and until when."""
