"""**connectors** reach: one folder per outside system, and what they share on the way there."""
