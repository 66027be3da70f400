"""**registry** remembers: the ledger, and the only room that speaks SQL."""
