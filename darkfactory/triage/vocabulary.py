"""English of backlogs: which words tell nothing, and which say the same."""

# Grammar, and words that say of an item only that it is one.
NOISE = """
a about all also am an and any are as at be because been being but by could did do doe doing
each every for from get getting give given got had has have having hello here hi how i if in
into is it its just kind like lot make making may me might my now of on once or our please
possible should since so some such than thanks that the their them then there these they this
those to too us very via want was way we well were what when whenever where which while who
why will with would you your bug feature idea issue need problem proposal question regression
see still todo using wip work
"""
# A name, and the words that say the same in a title. Only words that can be exchanged without
# changing what is to be done: a crash is no hang, an argument is no option.
SAME = """
    add: create introduce implement support provide
    app: application program
    argument: arg
    blank: empty
    config: configuration configure setting preference
    crash: segfault
    database: db
    dependency: dep
    directory: dir folder
    display: show
    doc: documentation document
    environment: env
    exit: quit
    fail: failure error exception broken break
    fix: repair resolve correct
    flaky: intermittent intermittently sporadic sporadically flakiness
    function: func fn
    github: gh
    hang: freeze froze frozen stuck unresponsive hung
    image: picture photo img
    investigate: research
    javascript: js
    kubernetes: k8s
    large: big huge
    launch: start startup boot
    login: signin logon
    logout: signout
    mac: macos osx
    max: maximum
    message: msg
    min: minimum
    miss: lack absent no
    option: flag
    page: screen
    parameter: param
    postgres: postgresql
    quick: fast
    refactor: restructure cleanup tidy
    remove: delete drop eliminate removal deletion
    repo: repository
    slow: slowly sluggish slowness
    small: tiny
    test: tested
    typescript: ts
    typo: misspelling misspelled
    update: upgrade bump
    url: link
    variable: var
    wrong: incorrect incorrectly wrongly
"""
# Two words that are one.
PAIRS = {
    ("clean", "up"): "cleanup",
    ("command", "line"): "cli",
    ("bug", "report"): "bug",
    ("drop", "down"): "dropdown",
    ("feature", "request"): "feature",
    ("e", "mail"): "email",
    ("log", "in"): "login",
    ("log", "out"): "logout",
    ("logging", "in"): "login",
    ("mac", "os"): "mac",
    ("os", "x"): "mac",
    ("pop", "up"): "popup",
    ("read", "only"): "readonly",
    ("real", "time"): "realtime",
    ("sign", "in"): "login",
    ("sign", "out"): "logout",
    ("sign", "up"): "signup",
    ("signing", "in"): "login",
    ("start", "up"): "startup",
    ("time", "out"): "timeout",
    ("timed", "out"): "timeout",
    ("times", "out"): "timeout",
    ("timing", "out"): "timeout",
    ("time", "zone"): "timezone",
    ("type", "script"): "typescript",
}

# What kind of work it is: two items that differ here are two pieces of work.
ROLES = """
    add fix remove update test doc refactor rename move enable disable revert investigate deprecate
    migrate release replace extract split merge port translate benchmark audit monitor review design
"""
# Said of so much work that they tell little about it.
COMMON = """
    add fix fail update display improve page file code system version message value user
    dialog window field option button return result correct properly report request task ticket
    after before without only first last off down out up under over again thing
"""
