"""Serving over a network: connections with limits, and who else may start the dashboard."""
