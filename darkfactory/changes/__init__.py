"""What a session leaves: diff, claims against facts, risk."""
