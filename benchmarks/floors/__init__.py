"""Bare prototypes: the least code that does the same flow with the same durability."""
