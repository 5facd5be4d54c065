"""Figures, tables and words of the temperature page: arrays and runs' facts in, Plotly figures and sentences out."""
