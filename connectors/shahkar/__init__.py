"""**shahkar** asks whether a telephone number belongs to a person."""
