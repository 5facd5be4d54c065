"""The colours of figures, however they are drawn."""

# Okabe & Ito's colour-blind-safe eight, without black (lost on a dark page), and three more; shapes help
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#8C8C8C", "#7B4FA3", "#8B5A2B")
GREY = "#8C8C8C"  # readable on white and on black
