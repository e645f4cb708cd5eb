"""Whether an account behaves like a machine and swamps a thread: a sum of named parts, each of them shown."""
