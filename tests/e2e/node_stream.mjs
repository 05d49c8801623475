// Streams with the packages for JavaScript: node node_stream.mjs MODULES URL MODEL KIND prints the text that it read.
import { createRequire } from "node:module";

const [modules, url, model, kind] = process.argv.slice(2);
const load = createRequire(modules + "/");
const question = "Write one sentence about Paris.";
const messages = [{ role: "user", content: question }];

async function join(stream, text) {
  let all = "";
  for await (const event of await stream) all += text(event) ?? "";
  return all;
}

function openai() {
  const OpenAI = load("openai").default;
  const client = new OpenAI({ baseURL: url + "/v1", apiKey: "none", maxRetries: 0 });
  const ask = { model, temperature: 0, stream: true };
  switch (kind) {
    case "chat":
      return join(client.chat.completions.create({ ...ask, messages, max_tokens: 16 }), (chunk) => chunk.choices[0]?.delta?.content);
    case "completions":
      return join(client.completions.create({ ...ask, prompt: "The capital of France is", max_tokens: 16 }), (chunk) => chunk.choices[0]?.text);
    default:
      return join(client.responses.create({ ...ask, input: question, max_output_tokens: 16 }), (event) =>
        event.type === "response.output_text.delta" ? event.delta : "");
  }
}

function anthropic() {
  const Anthropic = load("@anthropic-ai/sdk").default;
  const client = new Anthropic({ baseURL: url, apiKey: "none", maxRetries: 0 });
  return join(client.messages.create({ model, messages, temperature: 0, max_tokens: 16, stream: true }), (event) => event.delta?.text);
}

process.stdout.write(await (kind === "messages" ? anthropic() : openai()));
