"""From Nornir's results to pandas tables and files."""

from nxsl.reports.export import FORMATS, to_text, write_table, write_tables
from nxsl.reports.fleet import FleetReport
from nxsl.reports.tables import TABLES, Table

__all__ = ["FORMATS", "TABLES", "FleetReport", "Table", "to_text", "write_table", "write_tables"]
