"""The inbox 收集箱 and what is dropped into it."""
