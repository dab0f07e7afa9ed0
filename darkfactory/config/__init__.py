"""lanes.yaml and settings: untrusted text in, domain values out."""

from darkfactory.config.loading import load_settings, parse_settings

__all__ = ["load_settings", "parse_settings"]
