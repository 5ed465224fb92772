"""WHO DID WHAT: rows that nothing changes afterwards."""
