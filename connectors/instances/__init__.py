"""Connector instances: any folder, any number of times, configured while the hub runs."""
