"""Rooms and grounds of a place, their areas, and what they are used for."""
