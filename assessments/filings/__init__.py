"""
Filings: the yearly evaluation of communities (年度考核). So far the sheets by which they are scored (考核表).

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
"""
