/**
 * A small OTLP/HTTP receiver for JSON: keeps the spans that arrive and, if told so, hands everything on to a real
 * collector or Jaeger.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUS = ['UNSET', 'OK', 'ERROR'];

const valueOf = ({ stringValue, intValue, boolValue, doubleValue }) => {
  return stringValue ?? boolValue ?? doubleValue ?? (intValue === undefined ? undefined : Number(intValue));
};
const attributesOf = (list = []) => Object.fromEntries(list.map(({ key, value }) => [key, valueOf(value)]));

/** Spans of one export request, flat: what the demo shows of them and no more. */
function spansOf({ resourceSpans = [] }) {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const process = attributesOf(resource.attributes);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => flatten(span, process)));
  });
}

function flatten(span, process) {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentId: span.parentSpanId || undefined,
    name: span.name,
    kind: KINDS[span.kind],
    start: BigInt(span.startTimeUnixNano),
    end: BigInt(span.endTimeUnixNano),
    status: STATUS[span.status?.code ?? 0],
    attributes: attributesOf(span.attributes),
    process,
  };
}

/**
 * @param forwardTo - base URL of an OTLP/HTTP endpoint that gets a copy of everything
 */
export async function startReceiver(forwardTo) {
  const receiver = new Receiver(forwardTo);
  await receiver.listen();
  return receiver;
}

class Receiver {
  spans = [];
  /** Whether spans are still kept; an endless demo must not grow. */
  keeping = true;
  /** Why the copy could not be handed on, if it could not. */
  forwardFailure;
  #forwardTo;
  #server = createServer((request, response) => void this.#receive(request, response));

  constructor(forwardTo) {
    this.#forwardTo = forwardTo?.replace(/\/$/, '');
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Resolves with whether `condition` held within `timeout` milliseconds. */
  async until(condition, timeout) {
    const deadline = Date.now() + timeout;
    while (!condition(this.spans) && Date.now() < deadline) await pause(50);
    return condition(this.spans);
  }

  async #receive(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    if (this.keeping && request.url === '/v1/traces') this.spans.push(...spansOf(JSON.parse(body)));
    if (this.#forwardTo !== undefined) await this.#forward(request.url, body);
  }

  async #forward(path, body) {
    try {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(this.#forwardTo + path, { method: 'POST', headers, body });
      // Jaeger takes traces only.
      if (!answer.ok && path === '/v1/traces') this.forwardFailure = `HTTP ${answer.status}`;
    } catch (error) {
      this.forwardFailure = error.cause?.message ?? error.message;
    }
  }
}
