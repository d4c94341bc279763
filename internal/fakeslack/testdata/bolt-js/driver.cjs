// An ordinary @slack/bolt app by Socket Mode; the Go test beside it is the workspace.
//
// Prints one JSON object a line about what it saw, so that the test can compare it
// with what fakeslack stored. Ends when its standard input closes.
const { App, LogLevel } = require("@slack/bolt");

const tell = (what) => process.stdout.write(JSON.stringify(what) + "\n");

const app = new App({
  token: process.env.SLACK_BOT_TOKEN,
  appToken: process.env.SLACK_APP_TOKEN,
  socketMode: true,
  logLevel: LogLevel.WARN,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
});

app.event("message", async ({ event, client, context }) => {
  if (event.bot_id || event.subtype) {
    tell({ saw: "other", subtype: event.subtype, bot: event.bot_id });
    return;
  }
  const { channel, ts } = event;
  await client.reactions.add({ channel, timestamp: ts, name: "eyes" });
  const posted = await client.chat.postMessage({
    channel,
    thread_ts: ts,
    text: "js saw it",
    blocks: [{ type: "section", text: { type: "mrkdwn", text: "*js* saw it" } }],
    metadata: { event_type: "driver", event_payload: { key: ts } },
    unfurl_links: false,
  });
  const thread = await client.conversations.replies({ channel, ts, include_all_metadata: true });
  const history = [];
  for await (const page of client.paginate("conversations.history", { channel, limit: 1 })) {
    history.push(...page.messages.map((m) => m.ts));
  }
  const again = await client.reactions.add({ channel, timestamp: ts, name: "eyes" }).then(
    () => "ok",
    (e) => e.data.error,
  );
  const link = await client.chat.getPermalink({ channel, message_ts: posted.ts });
  tell({
    saw: "message",
    ts,
    text: event.text,
    retry: context.retryNum,
    posted: posted.ts,
    key: thread.messages.at(-1).metadata.event_payload.key,
    history,
    again,
    permalink: link.permalink,
  });
});

app.event("reaction_added", async ({ event }) => tell({ saw: "reaction", name: event.reaction, user: event.user }));

app.command("/technoshare", async ({ ack, command, respond }) => {
  await ack("js takes " + command.text);
  await respond("js did " + command.text);
  tell({ saw: "command", text: command.text });
});

app.action("again", async ({ ack, action, respond }) => {
  await ack();
  await respond({ text: "js pressed " + action.value, replace_original: false, response_type: "in_channel" });
  tell({ saw: "action", value: action.value });
});

(async () => {
  const who = await app.client.auth.test();
  tell({ saw: "auth", user: who.user_id, bot: who.bot_id, scopes: (who.response_metadata.scopes || []).join(",") });
  await app.start();
  process.stdin.resume();
  process.stdin.on("end", async () => {
    await app.stop();
    process.exit(0);
  });
})();
