"""What each page shows: one function per page, one set of reads on one state, frozen dataclasses out.

Nothing is written here, and no row of a table leaves this room. Every function takes the office whose page it is and
answers for that office alone; what belongs to another does not exist.
"""
