"""The review room: triage, one comment at a time, the decision, its undo. Translates; `moderator.review` decides.

| open this | for |
|---|---|
| `room.py` | the blueprint, and what its pages share |
| `listing.py` | the queue and its lanes; what was decided lately |
| `filters.py` | views of the queue: in the address, and saved by name |
| `looking.py` | one comment with everything around it; the page that says what will happen |
| `deciding.py` | the decision, and what is done by hand on a platform |
| `undoing.py` | taking decisions back, the last one or one of the last twenty |
| `leases.py` | who has the case, and whom it is given to: hand over, ask a lead, give back |
| `notes.py` | notes between colleagues, and the list of those that ask for one |
| `replies.py` | what the author can be told, in words that are prepared or typed |
| `live.py` | what changes while somebody looks at the queue |
| `searching.py` | search in comments, authors and notes |
| `bulk.py` | many comments at once: looking through them, the run, its undo |
| `campaigns.py` | comments that say nearly the same: the list, one campaign, putting it before people |
| `author.py` | what members know about an author; limits on a post |
"""

from webui.review import author as author
from webui.review import bulk as bulk
from webui.review import campaigns as campaigns
from webui.review import deciding as deciding
from webui.review import filters as filters
from webui.review import leases as leases
from webui.review import listing as listing
from webui.review import live as live
from webui.review import looking as looking
from webui.review import notes as notes
from webui.review import searching as searching
from webui.review import undoing as undoing
from webui.review.room import blueprint as blueprint
