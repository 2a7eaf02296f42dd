"""Tools that faults are made and undone with: processes of the machine, and Toxiproxy's API."""
