"""What the lab speaks with an agent over TCP, one module for each protocol.

Each takes a `Visit`, speaks its protocol over the visit's line and records what the agent did. What
is inside, of TLS or of a proxy's tunnel, is a visit of its own. Nothing here connects anywhere.
"""
