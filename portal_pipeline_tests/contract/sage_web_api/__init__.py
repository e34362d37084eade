"""The Sage Web API simulator against its rules, and our client against the simulator."""
