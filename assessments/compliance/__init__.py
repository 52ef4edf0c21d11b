"""
Compliance: is a target met, where, by how much not, and why. The way of a verdict through the modules:

    rulebook            what one plan version speaks of: pack, names, metrics, parsed questions
    judging             what is asked on a day, and the order of the verdicts; pure, no database
    facts               the metrics of a run, computed once into temporary tables
    running             findings, snapshot and roll-ups, written in SQL in the order of `judging`
    actions  models     judge, publish, compare; run, finding, snapshot, roll-up

Reading it back:

    results  comparing  what a run found, added up; what differs between two runs
    recorded            the facts as a run saw them, or as they are now
    telling  explanation   why: the formula read again with a trace, and what such an explanation consists of
    evidence            what stands behind it: facts, rows of registers, members, changes since the run
    clauses             a plan clause by clause at a place
    trajectories  pace  outlook    milestones over the runs; the arithmetic of their pace; the same in words
    words  display      formulas and numbers as officials read them
    printed             the figure a document prints, held against the one computed; pure, no database
    viewpoint           which place, plan and day a page is about

`example` makes up data for a whole area, app by app.
"""
