"""The pages of what leaders read."""
