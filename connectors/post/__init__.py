"""**post** asks the national post for the address and the place behind a postal code."""
