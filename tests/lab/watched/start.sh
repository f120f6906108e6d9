# The level of the signal `act` is the program and its arguments.
exec $ACT
