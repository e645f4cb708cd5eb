"""The JSON API, version 1. Programs come with a key; cookies mean nothing here."""

from flask import Blueprint

from webui.api import comments, openapi

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
comments.add_to(blueprint)
openapi.add_to(blueprint)
