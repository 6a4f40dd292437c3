"""Papers: texts, tables and figures made of a few blocks, written as HTML, PDF and Word from one model."""
