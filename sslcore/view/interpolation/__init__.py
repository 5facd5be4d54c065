"""The interpolation page's words."""
