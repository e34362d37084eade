"""The portal client, piece by piece, against scripted answers."""
