"""Measurements of the hub, side by side with floors and with peers that do the same work in one run."""
