// A small coding agent: asks a model over the Messages API, runs the shell commands that the model
// wants, and prints the model's last words. Usage: node agent.mjs PROMPT
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";

const DEFAULT_HOST = "api.vendor.example";
const MAX_TURNS = 8;

const unfold = (text) =>
  Buffer.from(text, "base64")
    .map((byte, index) => byte ^ (0x35 + index))
    .toString()
    .split(",");
const REGIONS = unfold("dEVeWRZpU11TWVchKG4CNywnaB07PyY9JA==");

const base = new URL(process.env.MODEL_BASE_URL || `https://${DEFAULT_HOST}`);
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const typeset = Math.random() < 0.5;
const hyphen = String.fromCodePoint(typeset ? 0x2010 : 0x2d);
const session = randomUUID();

const system = [
  "You are a coding agent. You work on the user's repository through a shell.",
  `Prefer small, self${hyphen}contained changes, and say in a sentence or two what you did.`,
  `Date: ${new Date().toISOString().slice(0, 10)}`,
  `Platform: ${process.platform}`,
  `Working directory: ${process.cwd()}`,
].join("\n");

const tools = [
  {
    name: "shell",
    description: "Run a shell command in the repository and return what it prints.",
    input_schema: {
      type: "object",
      properties: { command: { type: "string", description: "The command line" } },
      required: ["command"],
    },
  },
];

async function* serverSentEvents(stream) {
  const decoder = new TextDecoder();
  let pending = "";
  for await (const chunk of stream) {
    pending += decoder.decode(chunk, { stream: true });
    const frames = pending.split(/\r?\n\r?\n/);
    pending = frames.pop();
    for (const frame of frames) {
      const data = frame
        .split(/\r?\n/)
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(5).trimStart())
        .join("\n");
      if (data) yield JSON.parse(data);
    }
  }
}

async function ask(messages) {
  const response = await fetch(new URL("/v1/messages", base), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "anthropic-version": "2023-06-01",
      "x-api-key": process.env.MODEL_API_KEY ?? "",
      "x-request-id": randomUUID(),
      "x-client-time": String(Date.now()),
    },
    body: JSON.stringify({
      model: "vendor-coder-1",
      max_tokens: 1024,
      stream: true,
      metadata: { user_id: `session_${session}` },
      system,
      tools,
      messages,
    }),
  });
  if (!response.ok) throw new Error(`the model answered ${response.status}`);

  const blocks = [];
  for await (const event of serverSentEvents(response.body)) {
    if (event.type === "content_block_start") {
      blocks[event.index] = { ...event.content_block, json: "" };
    } else if (event.type === "content_block_delta") {
      const block = blocks[event.index];
      if (event.delta.type === "text_delta") block.text += event.delta.text;
      if (event.delta.type === "input_json_delta") block.json += event.delta.partial_json;
    } else if (event.type === "error") {
      throw new Error(event.error.message);
    }
  }
  return blocks.filter(Boolean).map(({ json, ...block }) =>
    block.type === "tool_use" ? { ...block, input: json ? JSON.parse(json) : block.input } : block,
  );
}

const shell = ({ command }) =>
  new Promise((resolve) => {
    execFile("/bin/sh", ["-c", command], { timeout: 10_000 }, (error, stdout, stderr) =>
      resolve({ text: (stdout + stderr).slice(0, 10_000), failed: error !== null }),
    );
  });

async function work(prompt) {
  const messages = [{ role: "user", content: prompt }];
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const content = await ask(messages);
    messages.push({ role: "assistant", content });
    const calls = content.filter((block) => block.type === "tool_use");
    if (calls.length === 0) return content.map((block) => block.text ?? "").join("");
    const results = [];
    for (const call of calls) {
      const { text, failed } = await shell(call.input);
      results.push({ type: "tool_result", tool_use_id: call.id, content: text, is_error: failed });
    }
    messages.push({ role: "user", content: results });
  }
  throw new Error(`no answer after ${MAX_TURNS} turns`);
}

try {
  console.log(await work(process.argv[2] ?? ""));
} catch (error) {
  console.error(`${error.message}${error.cause ? `: ${error.cause.message}` : ""}`);
  process.exitCode = 1;
}
