"""
Plans: rules as data. No verdict rests on a figure in Python; all of them stand in `packs/*.yaml`.

A pack on its way into the database:

    reading             text → mappings with line numbers (YAML's plain half)
    schema/             the published JSON Schema, and its complaints in sentences
    building  pack      → the frozen pack; its canonical form is the version's hash
    checking  checking_formulas  problems     does it make sense: owner, periods, names, types, units
    checking_printed                          and can the figures the document prints be compared
    actions  writing  models/                 → a version, published once, never changed
    restoring  comparing                      back to the pack; what a new version changes

Beside it: `catalogue` is the one list of all metrics, `ledgers` the one list of all ledgers; `imports`, `exports` and
`previews` carry ledgers in and out, reported values among them.
"""
