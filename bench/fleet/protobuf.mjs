/** As much of protobuf and of OTLP as counting bytes needs: where in a request which span, event or point lies. */

/** Fields of one message; of those with a length `from` and `to` enclose the content. */
export function* fields(buffer, from = 0, to = buffer.length) {
  let at = from;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = buffer[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < to) {
    const start = at;
    const tag = varint();
    const field = { number: tag >>> 3, start };
    const kind = tag & 7;
    if (kind === 0) field.value = varint();
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else {
      const length = varint();
      field.from = at;
      at += length;
    }
    yield { ...field, to: at };
  }
}

/** Everything at the end of a path of field numbers. */
export function inside(buffer, [number, ...rest], from = 0, to = buffer.length) {
  const found = [...fields(buffer, from, to)].filter((field) => field.number === number);
  return rest.length === 0 ? found : found.flatMap((field) => inside(buffer, rest, field.from, field.to));
}

/** Spans of an export request: bytes with tag and length, kind, bytes of events, where the trace id is. */
export function spansOf(request) {
  return inside(request, [1, 2, 2]).map((span) => {
    const parts = [...fields(request, span.from, span.to)];
    const events = parts.filter(({ number }) => number === 11);
    return {
      bytes: span.to - span.start,
      kind: parts.find(({ number }) => number === 6)?.value,
      events: events.length,
      eventBytes: events.reduce((sum, event) => sum + event.to - event.start, 0),
      traceId: parts.find(({ number }) => number === 1).from,
    };
  });
}

const POINT_FIELDS = { gauge: 5, sum: 7, histogram: 9 };

/** Points of an export request of metrics: kind and bytes. */
export function pointsOf(request) {
  return Object.entries(POINT_FIELDS).flatMap(([kind, number]) =>
    inside(request, [1, 2, 2, number, 1]).map((point) => ({ kind, bytes: point.to - point.start })),
  );
}
