"""/api/v1/: what the pages show, as JSON. For reading; tasks, conditions and lights are the ledger's."""
