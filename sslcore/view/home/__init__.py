"""The home page's words."""
