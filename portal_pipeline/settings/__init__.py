"""Settings: files and environment become tenants and connections; secrets stay wrapped."""

from portal_pipeline.settings.home import home_folder
from portal_pipeline.settings.loading import load_settings
from portal_pipeline.settings.models import Settings, TenantSettings

__all__ = ["Settings", "TenantSettings", "home_folder", "load_settings"]
