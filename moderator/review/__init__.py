"""What people do: resolve a case, change their mind, undo, mark as done by hand. Each call is one transaction."""
