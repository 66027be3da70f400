"""**pki** proves: keys, signatures, sealed payloads, the Merkle tree and its receipts."""
