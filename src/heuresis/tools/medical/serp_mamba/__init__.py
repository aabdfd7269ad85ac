"""Serp-Mamba: vessels of the retina by scans along bending paths. Source: arXiv 2409.04356."""
