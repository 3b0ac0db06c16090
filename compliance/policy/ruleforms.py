"""The forms of the functions that a rule is compiled to; the braces are filled with compiled expressions.

    run(host, now) -> None              every element passes
                    | int               the same for the rule as a whole: NOT_APPLICABLE, EMPTY, UNSURE
                    | [(element, int)]  the elements that do not pass: FAILS, UNSURE

UNSURE means that a fact is missing or an operation failed: the interpreter then says which.
"""

FAILS, NOT_APPLICABLE, EMPTY, UNSURE = 1, 2, 3, 4
SCALAR = """
def run(host, now):
    try:
        {applies}
        {variables}
        if {require}:
            return None
        return [(None, 1)]
    except MISSES:
        return 4
"""
LOOP = """
def run(host, now):
    found = None
    try:
        {applies}
        over = {over}
        if not over:
            return 3
        for element in over:
            try:
                {variables}
                if {require}:
                    continue
                state = 1
            except MISSES:
                state = 4
            if found is None:
                found = []
            found.append((element, state))
        return found
    except MISSES:
        return 4
"""
CHOSEN_LOOP = """
def run(host, now):
    found = None
    is_empty = True
    try:
        {applies}
        for element in {over}:
            try:
                if not {where}:
                    continue
                is_empty = False
                {variables}
                if {require}:
                    continue
                state = 1
            except MISSES:
                is_empty = False
                state = 4
            if found is None:
                found = []
            found.append((element, state))
        if is_empty:
            return 3
        return found
    except MISSES:
        return 4
"""
WORDS = """
def elements(host, now):
    return [element for element in {over} if {where}]
{told}
"""
TOLD = """
def {name}(host, now, element):
    {variables}
    return {text}
"""
