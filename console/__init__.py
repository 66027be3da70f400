"""**console** shows: pages for administrators, council and applicants; no logic of its own."""
