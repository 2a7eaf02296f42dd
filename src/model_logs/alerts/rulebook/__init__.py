"""Alert rules: their files, their query, their evaluation at one moment, and the changes of state that follow."""
