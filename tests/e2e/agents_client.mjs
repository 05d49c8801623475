// The AI SDK of Vercel: node agents_client.mjs MODULES URL MODEL. Prints {"checks": n}.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, url, name] = process.argv.slice(2);
const require = createRequire(modules + "/");
const load = async (module) => import(pathToFileURL(require.resolve(module)));
const { generateText, streamText, tool, Output, stepCountIs } = await load("ai");
const { createOpenAICompatible } = await load("@ai-sdk/openai-compatible");
const { z } = await load("zod");
let checks = 0;
const check = (value, message) => {
  assert.ok(value, message);
  checks += 1;
};

const provider = createOpenAICompatible({ name: "hearth", baseURL: url + "/v1", apiKey: "none", supportsStructuredOutputs: true,
                                          includeUsage: true });
const model = provider(name);
const prompt = "What is the weather in Paris for 3 days?";
// One call a turn: a small model goes on with calls until its tokens are used up.
const providerOptions = { hearth: { parallel_tool_calls: false } };
const ask = { model, prompt, temperature: 0, maxOutputTokens: 200, maxRetries: 0, providerOptions };

const City = z.object({ name: z.string().max(20), continent: z.enum(["Europe", "Asia"]), big: z.boolean() });
const typed = await generateText({ ...ask, prompt: "Tell me of the city Paris.", output: Output.object({ schema: City }) });
check(City.safeParse(typed.output).success, "a typed result");
const streamed = streamText({ ...ask, prompt: "Tell me of the city Paris.", output: Output.object({ schema: City }) });
let last = null;
let partials = 0;
for await (const partial of streamed.partialOutputStream) {
  last = partial;
  partials += 1;
}
check(JSON.stringify(last) === JSON.stringify(typed.output) && partials > 1, "streamed as whole");

const calls = [];
const tools = {
  get_weather: tool({
    description: "The weather of a city.",
    inputSchema: z.object({ city: z.string().max(20), days: z.number().int().min(1).max(9) }),
    execute: async ({ city, days }) => {
      calls.push({ city, days });
      return `Sunny in ${city} for ${days} days.`;
    },
  }),
};
// One turn must call, and the next may: a loop as an agent has it.
const loop = await generateText({ ...ask, tools, toolChoice: "required", stopWhen: stepCountIs(2),
                                  prepareStep: ({ stepNumber }) => (stepNumber === 0 ? {} : { toolChoice: "none" }) });
check(loop.steps.length === 2 && loop.steps[0].finishReason === "tool-calls", "the first step calls");
check(loop.steps[0].toolResults.length >= 1 && String(loop.steps[0].toolResults[0].output).startsWith("Sunny in"), "it ran");
check(calls.every(({ city, days }) => typeof city === "string" && days >= 1 && days <= 9), "arguments are typed");
check(loop.text.length > 0, "then it answers");

const stream = streamText({ ...ask, tools, toolChoice: { type: "tool", toolName: "get_weather" } });
let begun = 0;
let pieces = "";
let usage = null;
for await (const part of stream.fullStream) {
  if (part.type === "error") throw part.error;
  if (part.type === "tool-input-start") begun += 1;
  if (part.type === "tool-input-delta") pieces += part.delta;
  if (part.type === "finish") usage = part.totalUsage;
}
const [call] = await stream.toolCalls;
check(begun === 1 && call.toolName === "get_weather" && JSON.stringify(call.input) === JSON.stringify(JSON.parse(pieces)), "streamed call");
check(usage.outputTokens > 0, "usage of the stream");
console.log(JSON.stringify({ checks }));
