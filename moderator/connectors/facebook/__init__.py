"""The Facebook Page connector: `feed` webhooks in, Graph API calls out."""
