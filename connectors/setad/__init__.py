"""Setad (سامانه ستاد), public procurement: the public board of notices, and publishing a need under signature."""
