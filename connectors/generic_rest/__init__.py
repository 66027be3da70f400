"""**generic_rest** is the code of every REST system that was added by its OpenAPI file alone."""
