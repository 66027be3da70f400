"""**treasury** asks for payments to government accounts and follows them until they are settled."""
