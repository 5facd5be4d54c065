"""The evaluation page's figures, tables and words, all of them from metrics.json.  No Streamlit; no torch."""
