/** Names that break naive writers of the Prometheus text format. Used for tools, users, agents and servers. */
'use strict';

module.exports = [
  'plain',
  'a "quoted" name',
  String.raw`back\slash and \n that is no newline`,
  'new\nline',
  'carriage\r\nreturn',
  '"} 1\nmcp_forged_total{x="',
  '# HELP mcp_tool_calls_total forged',
  'le="0.5",quantile="0.9"',
  '漢字 und Ümläute 🦊',
  'right-to-left \u202Etxet',
  'null\u0000byte and \u0007bell',
  'line separator \u2028 and \u2029',
  'lone surrogate \uD83E',
  ' leading and trailing space ',
  'ends with a backslash \\',
  '{}',
  '__name__',
  '%s %d ${x} {{.}}',
  'x'.repeat(5000),
];
