/** Opt-in capture of what tools and prompts were given and what tools answered. */
import type { Attributes } from '@opentelemetry/api';

import type { McpCall, Outcome } from '../core/call';
import { toolArguments } from '../core/tool-arguments';
import { ATTR } from './semconv';

/** Arguments, always as JSON strings, so that a backend sees one type from both OpenTelemetry lines. */
export function argumentAttributes({ method, params }: McpCall): Attributes {
  const given = params?.['arguments'];
  if (given === undefined) return {};
  if (method === 'tools/call') return jsonAttribute(ATTR.TOOL_ARGUMENTS, toolArguments(given));
  if (method !== 'prompts/get' || typeof given !== 'object' || given === null) return {};
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [ATTR.PROMPT_VARIABLE + name, String(value)]),
  );
}

/** The result of a tool call that succeeded. */
export function resultAttributes({ method }: McpCall, { status, result }: Outcome): Attributes {
  if (method !== 'tools/call' || status !== 'success' || result === undefined) return {};
  return jsonAttribute(ATTR.TOOL_RESULT, result);
}

function jsonAttribute(key: string, value: unknown): Attributes {
  try {
    return { [key]: JSON.stringify(value) };
  } catch {
    // Not JSON (cyclic, or a BigInt): there is nothing faithful to show.
    return {};
  }
}
