"""**legal_persons** asks the register of companies who a legal person is."""
