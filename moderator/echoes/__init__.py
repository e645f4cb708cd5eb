"""Which comments echo which: found as they come in, in an index that lives in the database.

`sketch` boils a text down to a few bytes that tell how alike two texts are. `index` keeps the sketch of every comment
of some weeks and finds those like a new one without looking at all of them. `campaigns` keeps the comments that say
nearly the same together. What the words mean plays no part in any of it.
"""
