"""The steady state at one moment: versions and objectives, experiments, alerts with their playbooks."""
