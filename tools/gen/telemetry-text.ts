/** The parts of `docs/telemetry.md` that are prose. */

export const MESSAGES_AND_SPANS = `Every MCP request and notification is one span: CLIENT where this process sends it, SERVER where it receives it. An MCP client therefore has SERVER spans for what a server asks of it (\`sampling/createMessage\`, \`elicitation/create\`, \`roots/list\`) and for the notifications that reach it.

- **Name**: the method, and for tools and prompts their name: \`tools/call get-weather\`. A resource’s URI is an attribute and not in the name.
- **Parent**: of a CLIENT span the active span; where none is active and the caller has put a trace context of its own into \`_meta\`, that one, and where both are there and differ in trace, the latter is linked. Of a SERVER span the context in the message’s \`_meta\`; a span that was active around it, such as that of an HTTP request, is linked.
- **Extent**: a request lasts until its answer has been read and checked, a notification until the transport has taken it or the handler is done with it. \`subscriptions/listen\` lasts until it is acknowledged.
- **A call of several rounds** (\`input_required\`, protocol 2026-07-28): the call is one CLIENT span until its final result, and each retry is a CLIENT span below it.
- **A task**: the call that starts it ends with the task’s handle; \`tasks/get\` and the like are calls of their own.
- **Served from a cache**: a list or a resource that the SDK takes from its own cache sends nothing, and so has no span and no sample.
- **In flight when the process ends**: the span ends with \`error.type\` \`process_exit\`.

\`otel-mcp env\` says where spans go. Attributes that are known when the span starts are set then, so that a sampler sees them.`;

export const PROPAGATION = `The configured propagators (\`OTEL_PROPAGATORS\`) write to and read from \`params._meta\` of requests and notifications, under unprefixed keys: \`traceparent\`, \`tracestate\`, \`baggage\`. The caller’s object is copied, other keys are kept, a trace context that the caller had put there is replaced by that of the CLIENT span, which carries it on. One that a framework puts into a tool’s own arguments (\`arguments._meta\`) stays as it is, and captured arguments leave it out. Nothing is written where there is no SDK, or tracing is suppressed. Identity is never written to baggage or \`_meta\`.`;

export const DEVIATIONS = `- **The guide’s metrics** (\`mcp.tool.…\`, \`mcp.active_connections\`) break two naming habits on purpose: label keys with underscores, and a unit in a name. Their names and labels must be the same whether a scrape or a Collector made them.
- **They are recorded for \`tools/call\` of a client only.** A server that is traced too emits the convention’s server metrics, or one call would count twice.
- **A call of several rounds** is one sample per span in the convention’s histogram, and counts once in the guide’s metrics.
- **\`mcp.server.name\`, \`gen_ai.agent.name\` and \`user.id\`** are not among the convention’s attributes for MCP spans. The first is what other instrumentations emit too.
- **\`rpc.response.status_code\`** is what the text for MCP says; the core conventions have since renamed it to \`rpc.status_code\`.
- **HTTP status as \`error.type\`** rests on a proposal that the convention has not merged.
- **A request that a handler called off** leaves a SERVER span with \`cancelled\`: the convention says nothing of it.
- **An enriched outer span** (\`OTEL_MCP_EXECUTE_TOOL=enrich\`): inside an \`execute_tool\` span of the same tool no span is made, and the metrics are recorded all the same. Such a span is known by \`gen_ai.operation.name\` and \`gen_ai.tool.name\`, or by its name \`execute_tool <tool>\` where its maker sets attributes only once the tool has answered. Its maker may set its status anew after us.`;

export const FINDINGS = `With a \`monitor\` section in the policy, each finding is a span \`mcpguard.finding\` of no length, a child of the call’s span (not where the trace is not sampled; a root where no call is behind it), and a log record of the same name whose severity number is that of the finding: 9 for low, 13 for medium, 17 for high, 21 for critical. It is counted in \`mcpguard.findings\`. The record’s body says it in a sentence, unless user ids are hashed or off. Beside what follows both have \`gen_ai.agent.name\` and \`gen_ai.tool.name\` of the call, and \`user.id\` as on its span.`;

export const DECISIONS = `With a policy, each decision about a call is a span event \`mcpguard.decision\` on its span, and is counted in \`mcpguard.decisions\`. A guard that did not allow has an event of its own; those that allowed share one, guard \`all\` (the policy's \`telemetry.decisions\` changes that). What became of the call is the span attribute \`mcpguard.outcome\`: the strongest of \`blocked\`, \`failed_open\`, \`observed\`, \`modified\`, \`allowed\`.`;

export const HOST = `With \`OTEL_MCP_HOST_METRICS=on\` the SDK that this package starts also exports what OpenTelemetry’s own packages measure, under their scopes: \`@opentelemetry/host-metrics\` processors and memory of the host and of the process, \`@opentelemetry/instrumentation-runtime-node\` the event loop, garbage collection and heap. About 110 series for a process, and ten for each processor. Network is left out, because it would start a shell for each collection; disks and network of a host are measured by the Collector (\`collector-hostmetrics.yaml\`, under names of its own: \`system_cpu_utilization_ratio{state}\`, \`system_memory_utilization_ratio{state}\`, \`system_filesystem_utilization_ratio{mountpoint}\`, \`system_disk_io_bytes_total\`, \`system_network_io_bytes_total\`). Shares are from 0 to 1; \`process.cpu.utilization\` is of all processors together. Names are those of host-metrics 0.39 and runtime-node 0.36 and 0.37.`;
