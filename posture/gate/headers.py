"""Security headers of every response."""

import base64
import hashlib
import re

from starlette.datastructures import MutableHeaders

from posture.gate.pages import REVEAL

INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)

STREAMLIT_POLICY = {
    "default-src": "'none'",
    # Streamlit runs a component's script from a blob; charts are interpreted, so no eval is needed.
    "script-src": "'self' blob: 'wasm-unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "media-src": "'self' blob:",
    "connect-src": "'self' data: blob:",  # the camera's picture is fetched from the page itself
    "worker-src": "'self' blob:",
    "manifest-src": "'self'",
    "frame-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def _hash(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"


GATE_POLICY = {
    "default-src": "'none'",
    "script-src": _hash(REVEAL.encode()),  # this script and no other
    "style-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}

SHARE_POLICY = {
    "default-src": "'none'",
    "style-src": "'unsafe-inline'",  # the page is one file, its style in it, its pictures too
    "img-src": "data:",
    "form-action": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not "no-referrer": it would also hide from us which site a form was sent from.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "x-robots-tag": "noindex",
}
HSTS = "max-age=31536000"


def protect(headers: MutableHeaders, path: str, *, secure: bool, policy: str) -> None:
    """Set the security headers of a response, replacing any that it carries."""
    headers.update(ALWAYS)
    headers["content-security-policy"] = policy
    if secure:
        headers["strict-transport-security"] = HSTS
    # The program's own files, named by their hash, may be cached; nothing about a patient may.
    if not path.startswith("/static/"):
        headers["cache-control"] = "no-store"
    for name in ("access-control-allow-origin", "server"):
        if name in headers:
            del headers[name]


def gate_policy() -> str:
    """Return the policy of the gate's own pages: only the script for passphrase fields may run."""
    return _written(GATE_POLICY)


def share_policy() -> str:
    """Return the policy of a shared page: the page itself and nothing else."""
    return _written(SHARE_POLICY)


def page_policy(html: bytes = b"") -> str:
    """Return the policy of the dashboard; a page's own inline scripts are allowed by their hash."""
    hashes = map(_hash, INLINE_SCRIPT.findall(html))
    policy = dict(STREAMLIT_POLICY)
    policy["script-src"] = " ".join([policy["script-src"], *hashes])
    return _written(policy)


def _written(policy: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in policy.items())
