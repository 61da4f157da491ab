"""The one gate in front of the dashboard: nothing passes it without a session that holds.

It sees every request before Streamlit does: pages, the websocket, media, uploads, static files and
whatever route comes to be added. It answers its own few addresses under ``/gate/`` itself; the rest
needs a session.
"""
