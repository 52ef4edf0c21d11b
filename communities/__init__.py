"""Communities: the places themselves, and the ground every app stands on (`ground`, which imports no other app)."""
