"""Commands that show dashboards: answers on the terminal, pages, pictures, files for Kibana."""
