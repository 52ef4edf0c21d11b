"""Service stations and centres: where residents are served."""
