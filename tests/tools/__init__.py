"""Tests of `tools/`, folder by folder."""
