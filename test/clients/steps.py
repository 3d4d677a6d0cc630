"""What the walks share: each step is told on a line of its own, and one that fails does not end the walk."""
import json
import os
import sys

URL, USER, PASSWORD = (os.environ[name] for name in ("NSX_ENDPOINT", "NSX_USERNAME", "NSX_PASSWORD"))


def step(what, act, expect=lambda answer: True):
    """Does something; it is right if it does not raise and `expect` holds for the answer."""
    try:
        answer = act()
        told = {"what": what, "passed": bool(expect(answer))}
        if not told["passed"]:
            told["detail"] = f"answer: {answer!r}"[:400]
    except Exception as error:  # Whatever a client raises is what is to be seen.
        answer = None
        told = {"what": what, "passed": False, "detail": f"{type(error).__name__}: {error}"[:400]}
    print(json.dumps(told), file=sys.stdout, flush=True)
    return answer


def raises(name, act):
    """The name of what is raised, or of what is below it, has to be this one."""
    try:
        return f"answered {act()!r}"
    except Exception as error:
        names = [kind.__name__ for kind in type(error).__mro__]
        return name if name in names else f"{type(error).__name__}: {error}"
