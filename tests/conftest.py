"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# How fast examples are made depends on what else the machine does; that is no finding about the code.
settings.register_profile("benchbook", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("benchbook")
