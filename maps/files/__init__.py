"""Files for other programs: tables, workbook, GeoPackage, provenance, and how results are published."""
