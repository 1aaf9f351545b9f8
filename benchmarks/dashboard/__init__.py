"""The dashboard in a real browser beside a bare Streamlit page: `python -m benchmarks dashboard`."""
