"""What people read: tables, traces and states, as plain data that the command line renders."""
