"""The tool with a practice LMS on one machine: to try everything by hand, or to walk it without a browser."""
