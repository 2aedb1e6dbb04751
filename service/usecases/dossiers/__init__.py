"""Dossiers 案卷 and the filing of records in them."""
