"""The catalogue a fresh hub starts with: real participants and services, as the regulations list them."""
