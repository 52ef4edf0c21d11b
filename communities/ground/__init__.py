"""
The ground every app stands on. It imports no other app and knows no place, plan or verdict.

    roles  rights  scope                         what a role may do: the one table; which rows an account sees
    access  doors  permissions                   who may use which page, register, bulk action and job
    accounts  rosters  account_forms             opening, granting, handing over; many at once from a workbook
    signins  sessions  passwords  drafts         getting in, staying in, and losing nothing when put out
    proposals  evidence                          changes of a register that wait for who keeps it
    numbers  keys  personal                      numbers of people: found in texts, encrypted, revealed, destroyed
    events  recording  sealing  heads  verifying  audit   who did what, and that nobody changed it afterwards
    jobs  tasks                                  work in the background
    clock  periods  units  registers  metrics    what day it is, first and last days, what numbers count
    history  models/facts                        what nothing forgets
    ledgers/                                     spreadsheets in and out
    admin/  api  filters  forms  pages           what the doors of all apps share
    views  views_staff  views_proposals  own_views  audit_views   its own pages
    checks  health                               is the machine fit, is the process well
"""
