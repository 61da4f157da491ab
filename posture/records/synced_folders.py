"""Whether a folder is one that a program copies to somebody's servers, as far as can be seen."""

import os
import re
from pathlib import Path

SOME_SERVICE = "a cloud service"
BY_NAME = {
    "Dropbox": r"dropbox( \(.*\))?",
    "OneDrive": r"onedrive( - .*)?",
    "iCloud": r"icloud ?drive|iclouddrive|mobile documents|com~apple~clouddocs",
    "Google Drive": r"google ?drive.*|googledrive-.*|my drive|meine ablage",
    "Nextcloud": r"nextcloud.*",
    "ownCloud": r"owncloud.*",
    "Box": r"box|box sync|box-box",
    "pCloud": r"pcloud ?drive",
    "MEGA": r"mega|megasync",
    "Proton Drive": r"proton ?drive.*|protondrive-.*",
    "Seafile": r"seafile",
    "Tresorit": r"tresorit",
    "Synology Drive": r"synologydrive",
    SOME_SERVICE: r"cloudstorage",
}
"""What services call their folders by themselves, in lower case."""

BY_MARK = {
    "Dropbox": (".dropbox", ".dropbox.cache"),
    "Google Drive": (".tmp.driveupload", ".tmp.drivedownload"),
    "Nextcloud": (".nextcloudsync.log", ".sync_*.db", "._sync_*.db"),
    "ownCloud": (".owncloudsync.log",),
    "Syncthing": (".stfolder",),
    "Resilio Sync": (".sync/ID",),
    "MEGA": (".megaignore",),
    "Synology Drive": (".SynologyWorkingDirectory",),
}
"""What their programs leave in the folder that they copy."""

ENVIRONMENT = ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")
"""Where Windows says which folders are OneDrive's."""


def synced_by(folder: Path) -> str | None:
    """Return what copies a folder elsewhere, None where nothing is seen that does."""
    for path in dict.fromkeys((folder.absolute(), folder.resolve())):
        for here in (path, *path.parents):
            for service, name in BY_NAME.items():
                if re.fullmatch(name, here.name.casefold()):
                    return service
            for service, marks in BY_MARK.items():
                if any(True for mark in marks for _ in _there(here, mark)):
                    return service
            if any(_same(here, os.environ.get(name)) for name in ENVIRONMENT):
                return "OneDrive"
    return None


def _there(folder: Path, mark: str) -> list[Path]:
    try:
        return list(folder.glob(mark))
    except OSError:
        return []


def _same(folder: Path, named: str | None) -> bool:
    return bool(named) and folder == Path(str(named))
