"""
Reports: what leaders read, on the screen (`views/`, `frame`, `framing`, `matters`, `milestones`) and as PDF.

A paper on its way:

    gathering  asked    one run read in a handful of queries; what the plan asks, numbered and labelled
    area  community     from that to what is said of a street, district, city; of one community
      headings  problems  gaps  ahead  printed  annexes       its parts, in the order a reader meets them
      figures  wordings  charts  drawing             numbers, formulas and pictures in them
    contents            what is said: frozen and complete; the check code is a hash over it
    rendering  fonts    → PDF
    actions  tasks  models                           print it, once
    batches                                          many at once, each kept as it comes, and a ZIP of all

`demonstration` is `make demo`, step by step.
"""
