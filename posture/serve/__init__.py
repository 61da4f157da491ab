"""Serving over a network: Streamlit started once, behind the gate, within limits, and watched."""
