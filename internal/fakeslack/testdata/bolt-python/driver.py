"""An ordinary slack_bolt app by Socket Mode; the Go test beside it is the workspace.

Prints one JSON object a line about what it saw, so that the test can compare it
with what fakeslack stored. Ends when its standard input closes.
"""

import json
import os
import sys
import threading

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

lock = threading.Lock()


def tell(**what):
    with lock:
        print(json.dumps(what), flush=True)


app = App(client=WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"]))


@app.event("message")
def on_message(event, client, context):
    if event.get("bot_id") or event.get("subtype"):
        tell(saw="other", subtype=event.get("subtype"), bot=event.get("bot_id"))
        return
    channel, ts = event["channel"], event["ts"]
    client.reactions_add(channel=channel, timestamp=ts, name="eyes")
    posted = client.chat_postMessage(
        channel=channel,
        thread_ts=ts,
        text="python saw it",
        blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": "*python* saw it"}}],
        metadata={"event_type": "driver", "event_payload": {"key": ts}},
        unfurl_links=False,
    )
    thread = client.conversations_replies(channel=channel, ts=ts, include_all_metadata=True)
    pages = [m["ts"] for page in client.conversations_history(channel=channel, limit=1) for m in page["messages"]]
    try:
        client.reactions_add(channel=channel, timestamp=ts, name="eyes")
        again = "ok"
    except SlackApiError as e:
        again = e.response["error"]
    tell(
        saw="message",
        ts=ts,
        text=event["text"],
        retry=context.get("retry_num"),
        posted=posted["ts"],
        key=thread["messages"][-1]["metadata"]["event_payload"]["key"],
        history=pages,
        again=again,
        permalink=client.chat_getPermalink(channel=channel, message_ts=posted["ts"])["permalink"],
    )


@app.event("reaction_added")
def on_reaction(event):
    tell(saw="reaction", name=event["reaction"], user=event["user"])


@app.command("/technoshare")
def on_command(ack, command, respond):
    ack("python takes " + command["text"])
    respond("python did " + command["text"])
    tell(saw="command", text=command["text"])


@app.action("again")
def on_action(ack, action, respond):
    ack()
    respond(text="python pressed " + action["value"], replace_original=False, response_type="in_channel")
    tell(saw="action", value=action["value"])


who = app.client.auth_test()
tell(saw="auth", user=who["user_id"], bot=who["bot_id"], scopes=who.headers["x-oauth-scopes"])
handler = SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"], ping_interval=1)
handler.connect()
sys.stdin.read()
handler.close()
