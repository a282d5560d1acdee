"""The command line, over the public API. stdout carries data, stderr carries messages for people."""
