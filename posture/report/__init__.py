"""Reports: values in, a document out, and the document as PDF or self-contained HTML."""

from posture.report.build import ReportOptions, comparison_report, visit_report
from posture.report.html import to_html
from posture.report.pdf import to_pdf

__all__ = ["ReportOptions", "comparison_report", "to_html", "to_pdf", "visit_report"]
