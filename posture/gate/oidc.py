"""Sign-in for a clinic at its own OpenID Connect provider; authlib does the protocol."""

import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from posture.edited import text_of
from posture.errors import FileError
from posture.gate import pages
from posture.gate.options import Options, ServerError
from posture.gate.routes import GateRoutes
from posture.gate.session_manager import SessionManager
from posture.records.sessions import SignInError
from posture.words import Message, t

MINUTES_TO_SIGN_IN = 10
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Provider:
    """The clinic's provider, and this program's registration there.

    ``name`` is shown on the sign-in page.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = "the clinic's account"


def provider_from_settings() -> Provider | None:
    """Return the provider that the environment names (``POSTURE_OIDC_ISSUER`` and so on).

    Raises
    ------
    ServerError
        If the settings are incomplete.
    """
    issuer = os.environ.get("POSTURE_OIDC_ISSUER", "").rstrip("/")
    if not issuer:
        return None
    client_id = os.environ.get("POSTURE_OIDC_CLIENT_ID", "")
    secret_file = os.environ.get("POSTURE_OIDC_CLIENT_SECRET_FILE", "")
    if not (client_id and secret_file):
        raise ServerError(
            Message(
                "POSTURE_OIDC_ISSUER is set: set POSTURE_OIDC_CLIENT_ID and "
                "POSTURE_OIDC_CLIENT_SECRET_FILE too."
            )
        )
    try:
        secret = text_of(Path(secret_file)).strip()
    except FileError as error:
        raise ServerError(
            Message("POSTURE_OIDC_CLIENT_SECRET_FILE cannot be used: {error}", error=error)
        ) from error
    name = os.environ.get("POSTURE_OIDC_NAME", Provider.name)
    return Provider(issuer, client_id, secret, name)


class ProviderRoutes(GateRoutes):
    """The gate's addresses where users sign in at the provider: no passphrase is accepted."""

    def __init__(self, manager: SessionManager, options: Options, provider: Provider) -> None:
        super().__init__(manager, options)
        try:
            from authlib.integrations.starlette_client import OAuth
        except ImportError as error:
            raise ServerError(
                Message(
                    "Sign-in by OpenID Connect needs the clinic's libraries: pip install "
                    "'plumbline-posture[clinic]'."
                )
            ) from error
        self._provider = provider
        self._client: Any = OAuth().register(
            "clinic",
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid email", "code_challenge_method": "S256"},
        )

    def routes(self) -> list[BaseRoute]:
        """Return the addresses that need no session."""
        closed = {"/gate/unlock", "/gate/begin"}
        kept = [route for route in super().routes() if getattr(route, "path", "") not in closed]
        # The state of a sign-in is kept in a signed cookie, so that any process can continue it.
        # It must come back from the provider's site, so it cannot be SameSite=Strict.
        under_way = Middleware(
            SessionMiddleware,
            secret_key=self._manager.sessions().signing_secret(),
            session_cookie="posture_signing_in",
            max_age=60 * MINUTES_TO_SIGN_IN,
            path="/gate/",
            same_site="lax",
            https_only=self._options.secure,
        )
        return [
            *kept,
            Route("/gate/signin", self._sign_in, middleware=[under_way]),
            Route("/gate/callback", self._called_back, middleware=[under_way]),
        ]

    def locked_page(self, message: str = "", wanted: str = "/") -> str:  # noqa: ARG002 - its provider leads back to the first page
        """Return the page for a visitor without a session."""
        return pages.sign_in(self._provider.name, message)

    async def _sign_in(self, request: Request) -> Response:
        scheme = "https" if self._options.secure else "http"
        back = f"{scheme}://{request.headers['host']}/gate/callback"
        try:
            answer: Response = await self._client.authorize_redirect(request, back)
        except Exception as error:  # of the network or the provider
            return self._failed(error)
        return answer

    async def _called_back(self, request: Request) -> Response:
        try:
            token = await self._client.authorize_access_token(request)
            claims = token["userinfo"]
            metadata = await self._client.load_server_metadata()
            if metadata["issuer"].rstrip("/") != self._provider.issuer:
                raise ValueError("another issuer")
        except Exception as error:  # refused, forged, repeated, or the provider is down
            return self._failed(error)
        try:
            session = await run_in_threadpool(self._session_of, claims)
        except SignInError as error:
            return HTMLResponse(self.locked_page(t(error.message)), 403)
        return self.admit(HTMLResponse(pages.welcome()), session)

    def _session_of(self, claims: dict[str, Any]) -> str:
        user = self._manager.sessions().admit(
            self._provider.issuer,
            str(claims["sub"]),
            claims.get("email"),
            verified=claims.get("email_verified") is True,
        )
        return self._manager.begin(user, "provider")

    def _failed(self, error: Exception) -> Response:
        log.warning("Signing in at the provider failed: %s", type(error).__name__)
        message = t(
            "Signing in with {provider} failed. Try again.", provider=t(self._provider.name)
        )
        return HTMLResponse(self.locked_page(message), 401)
