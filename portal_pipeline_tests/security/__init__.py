"""What an attacker could try, tried: against the product's own code, over real sockets and files."""
