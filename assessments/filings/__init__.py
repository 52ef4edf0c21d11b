"""
Filings: the yearly evaluation of communities (年度考核), and the sheets by which they are scored (考核表).

A sheet is data, as a plan is, and goes the same way into the database; `assessments.plans` reads the text, notes what
is wrong by line and holds it against a schema:

    sheets/*.yaml       the sheets that are shipped
    schema/             their published JSON Schema
    pack  building      → the frozen sheet; its canonical form is the version's hash
    checking  checking_items   do the points add up, are the targets there, is nothing asked that must not be
    actions  writing  models   → a version: a draft that may be worked on, published once, never changed
    comparing           what a new version changes

`scoring` is pure: a sheet and the answers of one community give points by item, the composite and the grade, each
step in words (`arithmetic`). `telling` says a rule in words, for the reading page and the form on paper.

An evaluation of a year follows one table, `flow`: which action, in which state, by whom, on which condition (`guards`),
and what then. `permitting` asks it for an account, `steps` takes the step, with an event and all as it stood:

    opening  taking            who is evaluated; what the registers know goes into all answers at once
    filling  typed  answered   what people type, two at once without loss; what is open; filing
    proving  correcting        evidence; a prefilled value that is wrong
    reviewing  marks  sampling item by item by street and district, four columns of points, the sample
    grading  ranking           totals, quota, ties, grades
    publishing  appeals        public notice, objections, appeals, the end
    exempting                  set aside, more time, vetoes
    deadlines  working_days    until when, what lies with whom, reminders
    meter  reporting           how much was asked; what plans read of the result
"""
