"""A loopback stand-in for model APIs: real agent programs play a script, with no account.

It speaks Anthropic Messages (``/v1/messages``, ``/count_tokens``), OpenAI Responses
(``/v1/responses``) and ``GET /v1/models``; a path in front of those is ignored, so base URLs with
and without ``/v1`` both work. The script is the mock agent's
(darkfactory/agents/mock/checking.py), and more::

    sessions:
      - marker: ITEM-1               # the marker that a user said last decides
        turns:                       # one for each model request; one without `do` ends the turn
          - say: Looking.            # {cwd} and {last_result} are filled in everywhere
            think: a thought
            do:                      # as in the mock (edits name whole lines), and:
              - mcp: {name: ping, input: {}}       # offered tool whose name ends like this
              - tool: {name: Anything, input: {}}  # literally this tool
            sleep: 0.5               # seconds before the answer
            together: 8              # held until so many sessions have come to such a turn
            usage: {input: 1200, output: 40, cached: 900, reasoning: 0}
            repeat: 3                # or forever: true
            fault: {kind: http, status: 429, times: 2, retry_after: 1, message: slow down}
                                     # stall {seconds}: stops in the middle of the answer
                                     # hang {seconds}: says nothing, then closes
                                     # cut: closes in the middle; garbage: an event that is no JSON
                                     # times: only for the first so many tries of this turn
    default: {turns: [{say: no script for this prompt}]}
    side: '{"title": "scripted"}'    # answer to requests that offer no tools

The server holds no conversation: which turn to play is read from the history that the client
sends, where each tool call's id carries the number of its turn. Retries, resumed and forked
conversations and parallel agents therefore need nothing. Only tries of a fault are counted.
"""

from tests.fakes.scripted_model.server import Request, ScriptedModel

__all__ = ["Request", "ScriptedModel"]
