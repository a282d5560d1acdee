"""The command line: thin over the public API. stdout is data, stderr is for people."""
