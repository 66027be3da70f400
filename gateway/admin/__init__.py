"""The admin API, `/v1/admin/…`: everything the console does. Who may do what is one table, `roles.py`."""
