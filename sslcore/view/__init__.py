"""What the dashboard is made of: charts (no Streamlit) and widgets (what pages share)."""
