"""What is measured, each with the way to start it."""
