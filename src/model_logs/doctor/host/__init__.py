"""Looks at this machine: log files, their folders, rotation, Filebeat's configuration."""
