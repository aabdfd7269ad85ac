"""Campaigns that travel: RO-Crates (Provenance Run Crate), written, opened and checked."""
