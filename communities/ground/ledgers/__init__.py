"""
Ledgers (台账): the spreadsheets in which offices keep and exchange their registers.

    declaring   what a ledger is: columns, links, parts
    cells       what is written in a cell, and what it means
    files       workbooks and CSV files, line by line
    recognizing which ledger a sheet is, and where its columns stand
    rows        a row on its way into the registers
    changes     what a row changes, before and after, as people read it
    storing     batches of rows into the database
    importing   all of it, fenced by scope and rights
    uploads     what a file from a browser really is
    explaining  the sheet of a template that says what goes where
    exporting   the way back, templates, and the file of wrong rows

Each app declares its own ledgers in its `ledgers.py`; the one list of all stands in `assessments/plans/ledgers.py`.
"""
