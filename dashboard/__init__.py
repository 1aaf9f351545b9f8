"""The Streamlit dashboard: thin pages over the engine."""
