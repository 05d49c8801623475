// The ollama package for JavaScript: node node_ollama.mjs MODULES URL MODEL. Prints {"checks": n}.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [modules, url, model] = process.argv.slice(2);
const { Ollama } = createRequire(modules + "/")("ollama");
const client = new Ollama({ host: url });
let checks = 0;
const check = (value, message) => {
  assert.ok(value, message);
  checks += 1;
};

const messages = [{ role: "user", content: "Write one sentence about Paris." }];
const options = { temperature: 0, num_predict: 24 };

const whole = await client.chat({ model, messages, options });
check(whole.message.content.includes("Paris") && whole.done, "chat");
check(whole.eval_count > 0 && whole.total_duration > 0, "durations");

let text = "";
let last = null;
for await (const part of await client.chat({ model, messages, options, stream: true })) {
  text += part.message.content;
  last = part;
}
check(text === whole.message.content, "the stream says the same");
check(last.done_reason === whole.done_reason, "and ends alike");

const aborted = await client.chat({ model, messages, options: { temperature: 0, num_predict: 2000 }, stream: true });
let error = null;
try {
  for await (const part of aborted) aborted.abort();
} catch (caught) {
  error = caught;
}
check(error?.name === "AbortError", "a stream can be given up");

const generated = await client.generate({ model, prompt: "The capital of France is", raw: true, options });
check(generated.response.includes("Paris"), "generate");

const held = await client.generate({
  model, prompt: "Paris", stream: false, options: { ...options, num_predict: 80 },
  format: { type: "object", properties: { city: { const: "Paris" } }, required: ["city"] },
});
check(JSON.parse(held.response).city === "Paris", "format");

const vectors = await client.embed({ model, input: ["a", "b"] });
check(vectors.embeddings.length === 2, "embed");
check((await client.embeddings({ model, prompt: "a" })).embedding.length === vectors.embeddings[0].length, "embeddings");

try {
  await client.chat({ model: "none", messages });
} catch (caught) {
  check(caught.status_code === 404 && caught.error === "model 'none' not found", "an unknown model");
}
try {
  await client.chat({ model, messages, options: { top_p: 7 } });
} catch (caught) {
  check(caught.status_code === 400 && caught.error.includes("options.top_p"), "a wrong option");
}
check((await client.version()).version.split(".").length === 3, "version");

console.log(JSON.stringify({ checks }));
