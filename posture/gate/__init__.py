"""The gate in front of the dashboard: nothing passes without a valid session.

It sees every request before Streamlit does: pages, websockets, media, uploads, static files and any
route that is added later. It answers its own few addresses under ``/gate/``; all others need a
session.
"""
