"""**console** shows: the faces a person looks at. It holds no logic of its own."""
