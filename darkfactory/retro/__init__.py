"""What the last days came to, reckoned from the record (pure)."""
