"""The MySQL connector."""
