"""The Sage Web API: our client by itself, and the rules of its simulator."""
