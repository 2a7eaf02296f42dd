"""Chaos experiments: an extension of the Chaos Toolkit, and the commands that run experiments and judge them.

`actions` and `probes` are named by experiments, `controls` records them in the audit trail, and `running` is behind
`model-logs chaos run`. Nothing here imports the toolkit: it imports these modules.
"""
