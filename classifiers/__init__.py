"""What a text looks like: texts and context in, scores and spans out.

Nothing here knows guidelines, databases or HTTP. Label names are the only joint with the rest.
"""
