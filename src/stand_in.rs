//! The service of the wire reference on loopback.
