"""The yardstick: Streamlit pages of the same kind as ours, with nothing of ours in them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

N_PERSONAS, N_PEOPLE = 200, 800


def chart() -> None:
    """A slider, a chart of 41 points with a band, and a table of them."""
    st.title("Chart")
    at = st.slider("Temperature", 0.0, 2.0, 0.7, 0.05, key="t")
    x = np.linspace(0, 2, 41)
    y = 1 / (1 + x * at)
    figure = go.Figure([
        go.Scatter(x=np.concatenate([x, x[::-1]]), y=np.concatenate([y + 0.05, (y - 0.05)[::-1]]), fill="toself"),
        go.Scatter(x=x, y=y, mode="lines"),
    ])  # fmt: skip
    figure.update_layout(height=400)
    st.plotly_chart(figure, theme=None, key="chart")
    st.dataframe(pd.DataFrame({"temperature": x, "alpha": y}), hide_index=True)


def heatmap() -> None:
    """A heatmap as large as ours, and a slider."""
    st.title("Heatmap")
    at = st.slider("Temperature", 0.0, 2.0, 0.7, 0.05, key="t2")
    z = np.random.default_rng(0).normal(size=(N_PERSONAS, N_PEOPLE)) * at
    figure = go.Figure(go.Heatmap(z=z))
    figure.update_layout(height=900)
    st.plotly_chart(figure, theme=None, key="heatmap")


def words() -> None:
    """No chart: what a first page is made of."""
    st.title("Words")
    for number in range(8):
        with st.container(border=True):
            st.text(f"Card {number}")
            st.text("Some lines of text about it.")


st.set_page_config(page_title="Bare", layout="wide")
st.navigation([
    st.Page(words, title="Words", default=True), st.Page(chart, title="Chart"), st.Page(heatmap, title="Heatmap"),
]).run()  # fmt: skip
