"""What people may ask for: the shape is checked here, the rules in `workflow`."""
