"""The words of Streamlit's own parts, visible and for screen readers; it has English only."""

import json
from html import escape

from posture.ui.words import speech, t


def words() -> str:
    """Return a hidden element with the language and words for the gate's mend.js."""
    language = speech().language
    table = escape(json.dumps(_table() if language != "en" else {}, ensure_ascii=False))
    return f'<span hidden data-language="{language}" data-words="{table}"></span>'


def _table() -> dict[str, str]:
    """Return our words by Streamlit's; ``{}`` stands for the variable part."""
    return {
        "Skip to main content": t("Skip to main content"),
        "Sidebar": t("Menu"),
        "Collapse sidebar": t("Close the menu"),
        "Expand sidebar": t("Open the menu"),
        "Show data": t("Show data"),
        "Show chart": t("Show chart"),
        "Download as PNG": t("Download as PNG"),
        "Download as CSV": t("Download as CSV"),
        "Copy Vega-Lite spec": t("Copy the chart's description"),
        "Copied!": t("Copied"),
        "Copy to clipboard": t("Copy to the clipboard"),
        "Fullscreen": t("Full screen"),
        "Close fullscreen": t("Exit full screen"),
        "Search": t("Search"),
        "Show/hide columns": t("Show or hide columns"),
        "Select all": t("Select all"),
        "Clear all": t("Clear all"),
        "Clear value": t("Clear the value"),
        "Add row": t("Add a row"),
        "Delete row(s)": t("Delete rows"),
        "Help": t("Help"),
        "Help for {}": t("Help for {what}", what="{}"),
        "Remove {}": t("Remove {what}", what="{}"),
        "Upload": t("Upload"),
        "Drag and drop file here": t("Drop a file here"),
        "Drag and drop files here": t("Drop files here"),
        "{} per file": t("{size} per file", size="{}"),
        "Press Enter to apply": t("Press Enter to apply"),
        "Press Ctrl+Enter to apply": t("Press Ctrl+Enter to apply"),
        "Press ⌘+Enter to apply": t("Press ⌘+Enter to apply"),
        "Press Enter to submit form": t("Press Enter to submit"),
        "Press Ctrl+Enter to submit form": t("Press Ctrl+Enter to submit"),
        "Press ⌘+Enter to submit form": t("Press ⌘+Enter to submit"),
        "Choose an option": t("Choose one"),
        "Choose options": t("Choose one or more"),
        "No options to select": t("Nothing to choose from"),
        "No results": t("No results"),
        "Connecting": t("Connecting"),
        "Connection error": t("Connection lost"),
        "Running...": t("Working ..."),
        "Stop": t("Stop"),
        "Close": t("Close"),
    }
