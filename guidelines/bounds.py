"""How much a document may say, and which words it may use: the tables that the loader and the JSON Schema share."""

#: Ids of sets, rules, principles, periods and recorded facts; they stand in addresses.
ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}"
LANGUAGE = r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}"
#: A site's name in lower case, as browsers send it: letters of other scripts as xn--.
HOST = r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

#: Conditions inside conditions; more than this nobody can follow.
MAX_CONDITION_DEPTH = 8
MAX_REVIEW_HOURS = 720

MAX_COUNT = 10_000
#: a year
MAX_WITHIN_HOURS = 8_760
#: ten years
MAX_DAYS = 3_660

MAX_WORD = 100
MAX_WORDS = 1_000
MAX_DOMAINS = 500
MAX_RUNGS = 10
MAX_PERIODS = 50
#: exceptions, and the entries of `scope`
MAX_ENTRIES = 50
