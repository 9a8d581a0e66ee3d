"""Identity: which records of all registers belong to one person, organisation or place; on plain files too."""
