"""
The ground every app stands on. It imports no other app and knows no place, plan or verdict.

    models/  roles  access  scope  permissions   accounts; who may use which page; which rows he sees
    jobs  tasks                                  work in the background
    clock  periods  units  registers  metrics    what day it is, first and last days, what numbers count
    history  events  models/facts                what nothing forgets
    ledgers/                                     spreadsheets in and out
    admin  api  filters  forms  pages  views     what the doors of all apps share
    checks  health                               is the machine fit, is the process well
"""
