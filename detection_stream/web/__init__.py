"""The web view: state tables, verdicts and the flow as pages and as a JSON API.

A process that holds partitions is a *member*: an embedded engine or a worker. A view asks all of
them through the cluster, so any of them can serve any page.
"""
