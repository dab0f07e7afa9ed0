"""The mock agent: a real program that plays a script, for demos, tests and dry runs."""
