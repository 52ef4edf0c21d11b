"""Organizations of a place, their established posts and terms, and the people who hold the posts."""
