"""Adapters to those who vouch for people: an OIDC provider, an LDAP directory."""
