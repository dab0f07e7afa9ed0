"""The summaries of test runners: one module a family, each a function from lines to findings."""
