"""The page for the stage: stories told act by act in a browser, to everybody who watches."""

from lab.web.serving import LOCAL, serve

__all__ = ["LOCAL", "serve"]
