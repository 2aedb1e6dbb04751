"""The application: HTTP, pages and commands over use cases, rules and documents."""
