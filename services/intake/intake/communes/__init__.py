"""The official communes, and those added between two releases."""
