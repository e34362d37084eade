"""The adapter to Sage 300: table definitions, statements, readers."""
