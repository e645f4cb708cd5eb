"""Trying guidelines before they are published: on the stored history, and beside the version in force.

| file | subject |
|---|---|
| `history` | stored comments, a batch at a time, all or an even sample |
| `scoring` | texts that lack a score a draft asks for are read first |
| `comparison` | two sets held against the same comments |
| `alike` | which comments come to the same, so that each kind is judged once |
| `stakes` | which facts can make a difference to a comment, so that no others are looked up |
| `sets` | drafts and stored sets, read once |
| `tally` | what was counted, so that it can be stored and gone on with |
| `agreement` | how far a set agrees with what people decided |
| `report` | a finished or unfinished count, in figures and sentences |
| `flip_file` | every flip as a line of CSV |
| `runs` | runs that members start and stop, and the job that does them slice by slice |
| `shadow` | a draft beside the version in force, from now on |
"""
