"""The mutual-information page's figures, measurements and words."""
