"""The people who run the hub: officers with roles, their one-time links, their sessions, and what slows a guesser."""
