"""What an attacker could try, tried: on the product's own code, over real sockets and files."""
