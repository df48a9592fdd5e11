"""Terms, schedules and registries: text becomes objects, and objects text that reads back equal."""
