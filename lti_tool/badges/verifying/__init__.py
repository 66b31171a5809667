"""Whether a badge, ours or anybody's, is what it says: read, fetched, checked and told in words. Nothing of it is kept.

`judging.judge` is the way in. Formats are openbadgeslib's work; every document from elsewhere comes through `fetching`, and so through
`lti_tool.http`.
"""
