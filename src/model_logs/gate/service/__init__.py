"""Verdicts over HTTP, for Argo Rollouts, Flagger and whoever else asks again until one is there."""
