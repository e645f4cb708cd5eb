"""What is known around a comment beside its texts, for the classifiers that want it.

A classifier says in `wants` which types it looks at (`classifiers.base.Contextual`); `registry` has a gatherer for
each. What nobody who runs wants is not looked up. A classifier whose context cannot be gathered fails on that comment,
so a person looks at it.
"""
