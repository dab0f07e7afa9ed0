"""Evals of skills: scenarios, conditions and agents; what the cells came to, and what it proves."""
