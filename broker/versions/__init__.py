"""New versions of mapping documents: tried on recorded exchanges, activated, taken back."""
