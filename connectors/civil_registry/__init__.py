"""**civil_registry** asks the national registry of persons who somebody is."""
