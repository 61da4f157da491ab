"""The dashboard: screens over the library and the record, without logic of their own."""
