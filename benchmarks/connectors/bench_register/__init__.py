"""A plain REST system that exists only to be measured against."""
