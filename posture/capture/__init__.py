"""Guided live capture: the camera's channel behind the gate, and the stills that came through."""
