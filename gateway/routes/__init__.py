"""The routes, one file for each noun. Every endpoint is async and reads its body raw."""
