"""Queue changes for taste, land them so that the base stays green."""
