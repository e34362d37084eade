"""What the product holds and costs as it runs on."""
