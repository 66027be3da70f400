"""Giving access: who takes part, what they may ask, and what they prove themselves with."""
