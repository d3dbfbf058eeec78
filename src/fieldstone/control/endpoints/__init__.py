"""Endpoints: their model servers kept up, their traffic routed, changed without loss."""
