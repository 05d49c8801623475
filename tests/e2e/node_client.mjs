// The openai package for JavaScript: node node_client.mjs MODULES URL MODEL. Prints {"checks": n}.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [modules, url, model] = process.argv.slice(2);
const OpenAI = createRequire(modules + "/")("openai").default;
const client = new OpenAI({ baseURL: url + "/v1", apiKey: "none", maxRetries: 0 });
let checks = 0;
const check = (value, message) => {
  assert.ok(value, message);
  checks += 1;
};

const messages = [{ role: "user", content: "Write one sentence about Paris." }];
const ask = { model, messages, temperature: 0, max_tokens: 24 };

const listed = [];
for await (const one of client.models.list()) listed.push(one.id);
check(listed.includes(model), "the model is listed");

const whole = await client.chat.completions.create(ask);
check(whole.choices[0].message.content.includes("Paris"), "chat");

let text = "";
let usage = null;
for await (const chunk of await client.chat.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } })) {
  text += chunk.choices[0]?.delta?.content ?? "";
  usage = chunk.usage ?? usage;
}
check(text === whole.choices[0].message.content, "the stream says the same");
check(usage.completion_tokens === whole.usage.completion_tokens, "usage of the stream");

const final = await client.chat.completions.stream(ask).finalChatCompletion();
check(final.choices[0].message.content === text, "the stream helper says the same");

const completion = await client.completions.create({ model, prompt: "The capital of France is", temperature: 0, max_tokens: 8 });
check(completion.choices[0].text.includes("Paris"), "completion");

const vectors = await client.embeddings.create({ model, input: ["a", "b"] });
check(vectors.data.length === 2 && Math.abs(vectors.data[0].embedding.reduce((sum, x) => sum + x * x, 0) - 1) < 1e-3, "embeddings");

const response = await client.responses.create({ model, input: "Say hello.", temperature: 0, max_output_tokens: 8 });
check((await client.responses.retrieve(response.id)).output_text === response.output_text, "a response is kept");
let streamed = "";
for await (const event of await client.responses.create({ model, input: "Say hello.", temperature: 0, max_output_tokens: 8, stream: true })) {
  if (event.type === "response.output_text.delta") streamed += event.delta;
}
check(streamed === response.output_text, "the stream of a response says the same");

await assert.rejects(client.chat.completions.create({ ...ask, temperature: -1 }), (error) => error.status === 400 && error.param === "temperature");
checks += 1;

// A client that goes away in the middle.
const aborted = await client.chat.completions.create({ ...ask, max_tokens: 2000, ignore_eos: true, stream: true });
for await (const chunk of aborted) {
  if (chunk.choices[0]?.delta?.content) break;
}
check(true, "hanging up");
console.log(JSON.stringify({ checks }));
