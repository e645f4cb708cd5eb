"""Writing guidelines in the browser: owners and leads write, everybody else of the office reads.

| open this | for |
|---|---|
| `room.py` | the blueprint, and what its pages share |
| `listing.py` | versions and drafts, and the ways to start one |
| `writing.py` | a draft: its rules one by one, the rest, the YAML, the preview |
| `trying.py` | a draft held against stored comments, and beside the version in force |
| `reviewing.py` | a second person reads it; publishing |
| `rule_form.py` `about_form.py` | forms ↔ guidelines, as text that was typed |
| `reading.py` | problems with the path of the value that they are about |
| `words.py` `histogram.py` | the language in plain words; where bars stand |
"""

from webui.drafts import listing as listing
from webui.drafts import reviewing as reviewing
from webui.drafts import trying as trying
from webui.drafts import writing as writing
from webui.drafts.room import blueprint as blueprint
