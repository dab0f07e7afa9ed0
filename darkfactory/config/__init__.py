"""lanes.yaml and settings: untrusted text in, domain values out."""
