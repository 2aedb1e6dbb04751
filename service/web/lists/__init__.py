"""Pages that list records and work: the start page, browsing, tasks, bulk, entry, notices."""
