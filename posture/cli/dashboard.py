"""``posture app`` and ``posture demo``: serving the dashboard."""

from pathlib import Path
from typing import Annotated

import typer

from posture.cli import record
from posture.cli.terminal import explaining, tell

app = typer.Typer()

Host = Annotated[str, typer.Option(help="Address to listen on; by default, this computer only.")]
Port = Annotated[int, typer.Option(min=1, max=65535)]
Cert = Annotated[
    Path | None,
    typer.Option(
        envvar="POSTURE_TLS_CERT",
        help="TLS certificate (PEM), to serve other computers.",
    ),
]
Key = Annotated[
    Path | None, typer.Option(envvar="POSTURE_TLS_KEY", help="The certificate's private key, PEM.")
]
BehindProxy = Annotated[
    bool,
    typer.Option(
        "--behind-proxy",
        envvar="POSTURE_BEHIND_PROXY",
        help="A proxy in front provides TLS, and only it can reach this address.",
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Option(
        "--name",
        envvar="POSTURE_NAMES",
        help="Host name that browsers use, such as clinic.example; can be repeated.",
    ),
]
Browser = Annotated[bool, typer.Option(help="Open the dashboard in the browser.")]


@app.command("app")
def app_(
    *,
    host: Host = "127.0.0.1",
    port: Port = 8501,
    browser: Browser = True,
    cert: Cert = None,
    key: Key = None,
    behind_proxy: BehindProxy = False,
    name: Names = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask for the passphrase at this terminal.")
    ] = False,
) -> None:
    """Serve the dashboard for your patient records.

    A passphrase unlocks them: on the unlock page, at this terminal with --ask, or from the file
    named by POSTURE_PASSPHRASE_FILE.
    """
    from posture.gate.options import Options
    from posture.records.home import data_folder
    from posture.serve.server import serve

    def run() -> None:
        if ask:
            record.opened(data_folder())
        options = Options(host, port, cert, key, behind_proxy=behind_proxy, names=tuple(name or ()))
        serve(data_folder(), options, browser=browser)

    explaining(run)


@app.command()
def demo(
    *,
    port: Port = 8501,
    browser: Browser = True,
) -> None:
    """Serve the dashboard with sample patients, separate from your own, on this computer only."""
    from posture.cli.demo import fill
    from posture.gate.options import Options
    from posture.records.home import apart_from_the_clinic, demo_folder
    from posture.serve.server import serve

    def run() -> None:
        apart_from_the_clinic()
        fill(demo_folder(), tell=tell().print)
        serve(demo_folder(), Options(port=port, opens_itself=True), browser=browser)

    explaining(run)
