"""Invoices and credit notes on their way into Sage: rules of download, import and confirmation."""
