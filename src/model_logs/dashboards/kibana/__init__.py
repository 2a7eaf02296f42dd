"""Dashboards as Kibana takes them: bodies and saved objects, and nothing sent."""
