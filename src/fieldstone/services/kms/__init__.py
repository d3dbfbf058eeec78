"""AWS Key Management Service: keys and aliases as documents; nothing is encrypted with them."""
