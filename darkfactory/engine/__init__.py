"""Who runs what, when: the seam and its DBOS side."""
