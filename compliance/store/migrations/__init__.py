"""The schema's history, one step a file; run by `compliance.store.schema` when the store is opened."""
