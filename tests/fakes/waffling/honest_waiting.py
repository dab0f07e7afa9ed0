"""Honest waiting, in many shapes: nothing moves for long, and nobody is to blame."""

from collections.abc import Callable

from tests.fakes.waffling.tape import Tape

_SAYS = ("Still going on, I wait.", "Not ready yet.", "It is still pending; look again later.")


def _look(tape: Tape, command: str, output: str, code: int = 0) -> None:
    if tape.chance.random() < 0.5:
        tape.say(tape.pick(*_SAYS))
    tape.shell(command, output, code)


def waiting_for_a_build(tape: Tape) -> None:
    """Look at a build on another machine, now and then, by a program of its own."""
    pause = tape.pick("sleep 30; ", "sleep 60 && ", "")
    look = tape.pick("gh run view 17", "glab ci status", "buildkite-agent job show 17")
    for _ in tape.times(14, 24):
        _look(tape, pause + look, "build 17\tin_progress")
    tape.shell(look, "build 17\tcompleted\tsuccess")


def waiting_for_a_stack(tape: Tape) -> None:
    """Look how far a cloud has come with what was ordered."""
    look = tape.pick(
        "sleep 20 && aws cloudformation describe-stacks --query 'Stacks[0].StackStatus'",
        "sleep 45; gcloud deployment-manager deployments describe x --format='value(state)'",
        "az deployment group show -n x --query properties.provisioningState",
    )
    for _ in tape.times(12, 20):
        _look(tape, look, '"CREATE_IN_PROGRESS"')
    tape.shell(look, '"CREATE_COMPLETE"')


def waiting_while_a_clock_moves(tape: Tape) -> None:
    """Look at something that only gets older."""
    look = tape.pick("kubectl get pods -l app=x", "gh pr checks 5", "oc get pods")
    for number in tape.times(14, 24):
        age = f"{number * 20}s" if number < 6 else f"{number // 3}m{number % 3 * 20}s"
        _look(tape, look, f"x-abc  0/1  ContainerCreating  0  {age}")
    tape.shell(look, "x-abc  1/1  Running  0  9m")


def waiting_by_a_loop(tape: Tape) -> None:
    """Let the shell itself look again and again, for as long as a call may take."""
    look = tape.pick(
        "timeout 120 bash -c 'until grep -q done log; do sleep 5; done'; tail -1 log",
        "for i in 1 2 3; do sleep 60; done; cat build.status",
        "until curl -sf localhost:8080/ready >/dev/null; do sleep 2; done; echo up",
        "while ! nc -z db 5432; do :; done; cat db.state",
        "python -c 'import time; time.sleep(90); print(open(\"s\").read())'",
    )
    for _ in tape.times(12, 20):
        _look(tape, look, "compiling")
    tape.shell(look, "done")


def waiting_in_a_queue(tape: Tape) -> None:
    """Wait for a job on a cluster, of which the queue tells how long it waits."""
    look = tape.pick("squeue -u me -h", "qstat -u me", "bjobs")
    for number in tape.times(14, 24):
        clock = f"{number // 60}:{number % 60:02d}" if tape.chance.random() < 0.5 else "0:00"
        _look(tape, look, f"4711 gpu train me PD {clock} 1 (Resources)")
    tape.shell(look, "")


def waiting_for_a_service(tape: Tape) -> None:
    """Wait until a service is up; looking fails until then."""
    look = tape.pick("sleep 5; systemctl is-active api", "sleep 3 && docker inspect -f '{{.S}}' db")
    said = tape.pick("activating", "starting")
    for _ in tape.times(10, 16):
        _look(tape, look, said, 3 if said == "activating" else 0)
    tape.shell(look, "active")


def waiting_for_a_page(tape: Tape) -> None:
    """Ask a server about a job until it answers otherwise."""
    url = f"https://ci.example/api/{tape.noun}/17"
    look = tape.pick(f"sleep 30; curl -s {url} | jq -r .state", f"curl -s {url}", f"http GET {url}")
    for _ in tape.times(12, 20):
        _look(tape, look, '{"state": "pending"}')
    tape.shell(look, '{"state": "success"}')


def waiting_by_a_tool(tape: Tape) -> None:
    """Ask a tool of another server how far something is."""
    name = tape.pick("mcp__ci__get_run", "mcp__deploy__describe", "mcp__jobs__query")
    for _ in tape.times(12, 20):
        tape.use(name, "mcp", "17", '{"id": 17, "status": "QUEUED"}')
    tape.use(name, "mcp", "17", '{"id": 17, "status": "SUCCEEDED"}')


HONEST_WAITING: dict[str, Callable[[Tape], None]] = {
    one.__name__: one
    for one in (
        waiting_for_a_build,
        waiting_for_a_stack,
        waiting_while_a_clock_moves,
        waiting_by_a_loop,
        waiting_in_a_queue,
        waiting_for_a_service,
        waiting_for_a_page,
        waiting_by_a_tool,
    )
}
