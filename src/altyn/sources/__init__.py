"""Sources: reading files and databases as text, checking each row against its contract, and quarantine for what is wrong."""
