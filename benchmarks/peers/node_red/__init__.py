"""Node-RED as a peer."""
